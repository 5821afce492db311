import { TextParameter } from '../../http/parameters.js';
import { ContentQuery } from '../lists/content.query.js';

export class BaseImagesQuery extends ContentQuery {
  @TextParameter(256, 'Name of the operating system')
  osName?: string;
}
