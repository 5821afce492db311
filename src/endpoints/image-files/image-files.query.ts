import { fileLimits } from '../../domain/image-coordinates.js';
import { TextParameter } from '../../http/parameters.js';
import { ContentQuery } from '../lists/content.query.js';

export class ImageFilesQuery extends ContentQuery {
  @TextParameter(256, 'Part of a file name')
  fileName?: string;

  @TextParameter(fileLimits.namespace, 'Organization')
  override namespace?: string;

  @TextParameter(fileLimits.name, 'Image name')
  override name?: string;

  @TextParameter(fileLimits.tag, 'Image tag')
  override tag?: string;
}
