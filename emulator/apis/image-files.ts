/** ListImageFiles. The fuzzy match on file_name is a case-sensitive substring. */
import type { ImageFileRow } from '../data/rows.js';
import { listPage, type ApiCall, type ListBody } from './api-call.js';
import { Filters, textOf } from './filters.js';
import { knownImage } from './known-image.js';
import { requireRegion } from './region-header.js';

export function listImageFiles(call: ApiCall): ListBody {
  // HSS's documents demand the header; SDKs since 2025-10 do not send it any more.
  if (call.settings.strictRegionHeader) requireRegion(call);
  const page = call.parameters.page(10, 200);
  const filters = new Filters<ImageFileRow>().where(
    call.parameters.text('file_name', 256, 0),
    (file, wanted) => textOf(file.file_name).includes(wanted),
  );
  const { digest, isScanned } = knownImage(call, 'tag_name');
  return listPage(isScanned ? filters.apply(call.data.files(digest)) : [], page, (row) => row);
}
