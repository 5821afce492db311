import { OmitType } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { longestReference } from '../catalog/lookup/reference.js';
import { contentImageTypes, CoordinatesQuery } from '../endpoints/lists/coordinates.query.js';
import {
  EnterpriseProjectParameter,
  IntegerParameter,
  RequiredTextParameter,
  TextParameter,
  WordParameter,
  WordsParameter,
} from '../http/parameters.js';
import { OptionalField } from '../http/validation.js';

export const partNames = ['image', 'baseOs', 'files', 'hosts'] as const;
export type PartName = (typeof partNames)[number];

export const defaultParts = 'image,baseOs,files';

export class ImageQuery extends CoordinatesQuery {
  @WordParameter([...contentImageTypes, 'jfrog'], 'Kind of image')
  override type?: string;

  @WordsParameter(partNames, defaultParts, 'The parts of the answer')
  include?: string;

  @TextParameter(256, 'Only files whose name contains this text')
  fileName?: string;

  @IntegerParameter({ min: 1, max: 200, default: 10 }, 'The largest number of files in the answer')
  fileLimit?: string;

  @EnterpriseProjectParameter()
  enterpriseProjectId?: string;
}

/** The DTO checks only the length of a reference. `parseReference` checks the form. */
export class LookupQuery extends OmitType(ImageQuery, ['type', 'namespace', 'name', 'tag']) {
  @RequiredTextParameter(
    longestReference,
    '[registry-host/]namespace/name[:tag][@sha256:…], a digest or an id; if tag and digest disagree, the digest decides',
  )
  ref: string;
}

const mostRefs = 100;

function ListOf(allowed: string, accepts: (items: readonly unknown[]) => boolean): PropertyDecorator {
  return ValidateBy({
    name: 'list',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && accepts(value),
      defaultMessage: (args) =>
        `${args?.value === undefined ? 'is required; it ' : ''}must be a list of ${allowed}`,
    },
  });
}

export class BatchRequest {
  @ListOf(
    `1 to ${mostRefs} references`,
    (refs) => refs.length > 0 && refs.length <= mostRefs && refs.every((ref) => typeof ref === 'string'),
  )
  refs: string[];

  @OptionalField()
  @ListOf(
    `one or more of ${partNames.join(', ')}, each once`,
    (parts) =>
      parts.length > 0 &&
      new Set(parts).size === parts.length &&
      parts.every((part) => partNames.some((name) => name === part)),
  )
  include?: PartName[];
}
