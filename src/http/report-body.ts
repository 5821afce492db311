import { stringifyJson } from '../json/lossless.js';
import { etagWithTimes } from './etag.js';

/**
 * A report about this moment. Its times are its data: no header tells them, so its entity tag changes with them.
 * Rendered by `renderAnswer`.
 */
export class ReportBody {
  constructor(private readonly report: object) {}

  render(): { text: string; etag: string } {
    const text = stringifyJson(this.report);
    return { text, etag: etagWithTimes(text) };
  }
}
