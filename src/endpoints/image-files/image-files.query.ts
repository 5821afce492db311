import { TextParameter } from '../../http/parameters.js';
import { ContentQuery } from '../lists/content.query.js';

export class ImageFilesQuery extends ContentQuery {
  @TextParameter(256, 'Part of a file name')
  fileName?: string;
}
