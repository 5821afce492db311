/** ListImageBasicImage: the base OS of an image, mostly one row. os_name is compared exactly. */
import type { BasicImageRow } from '../data/rows.js';
import { listPage, type ApiCall, type ListBody } from './api-call.js';
import { Filters } from './filters.js';
import { knownImage } from './known-image.js';
import { requireRegion } from './region-header.js';

export function listBasicImage(call: ApiCall): ListBody {
  requireRegion(call);
  const page = call.parameters.page(1, 200);
  const filters = new Filters<BasicImageRow>().where(
    call.parameters.text('os_name', 256, 0),
    (row, wanted) => row.os_name === wanted,
  );
  const { digest, isScanned } = knownImage(call, 'image_version');
  return listPage(isScanned ? filters.apply(call.data.basicImages(digest)) : [], page, (row) => row);
}
