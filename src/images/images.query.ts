import { CoordinatesQuery } from '../endpoints/lists/image-coordinates.js';
import { IntegerParameter, TextParameter, WordsParameter } from '../http/parameters.js';

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
