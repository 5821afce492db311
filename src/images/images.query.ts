import { OmitType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
} from 'class-validator';
import { longestReference } from '../catalog/ask/reference.js';
import { CoordinatesQuery } from '../endpoints/lists/image-coordinates.js';
import {
  IntegerParameter,
  RequiredTextParameter,
  TextParameter,
  WordsParameter,
} from '../http/parameters.js';

export const partNames = ['image', 'baseOs', 'files', 'hosts'] as const;
export type PartName = (typeof partNames)[number];

export const defaultParts = 'image,baseOs,files';

export class ImageQuery extends CoordinatesQuery {
  @WordsParameter(partNames, defaultParts, 'The parts to put together')
  include?: string;

  @TextParameter(256, 'Only files whose name contains this')
  fileName?: string;

  @IntegerParameter({ min: 1, max: 200, default: 10 }, 'How many files to show')
  fileLimit?: string;

  @TextParameter(256, 'Enterprise project: an id, 0 for the default one, all_granted_eps for all')
  enterpriseProjectId?: string;
}

/** Whatever is wrong with a reference as such is told when it is read. */
export class LookupQuery extends OmitType(ImageQuery, ['type', 'namespace', 'name', 'tag']) {
  @RequiredTextParameter(
    longestReference,
    '[registry-host/]namespace/name[:tag][@sha256:…], a digest or an id; a digest wins over a tag',
  )
  ref: string;
}

const mostRefs = 100;

export class BatchRequest {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(mostRefs)
  @IsString({ each: true })
  refs: string[];

  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(partNames, { each: true })
  include?: PartName[];
}
