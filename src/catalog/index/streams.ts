import type { CatalogImage } from '../model/catalog-image.js';
import type { HostedImage, MatchingImage } from '../model/reader.js';
import type { Row } from './documents/row.js';
import type { Matches } from './matches.js';
import type { Slices } from './slices.js';

// All matches in batches, for exports. An image is unpacked when its batch is read.

/** Unpacked in one turn of the event loop, which takes two or three ms. */
const imagesPerBatch = 40;
/** An export writes a batch at once: small batches would compress badly. */
const hostsPerBatch = 200;

export async function* streamImages(
  rows: readonly Row[],
  matches: Matches,
  show: (row: Row) => CatalogImage,
  slices: Slices,
): AsyncGenerator<MatchingImage[]> {
  for (let from = 0; from < rows.length; from += imagesPerBatch) {
    const batch = rows.slice(from, from + imagesPerBatch);
    yield batch.map((row) => matches.image(show(row), row));
    if (slices.isOver) await slices.next();
  }
}

export async function* streamHosts(
  rows: readonly Row[],
  matches: Matches,
  show: (row: Row) => CatalogImage,
  slices: Slices,
): AsyncGenerator<HostedImage[]> {
  let batch: HostedImage[] = [];
  for (const row of rows) {
    batch.push(...matches.onEachHost(show(row), row));
    if (slices.isOver) await slices.next();
    if (batch.length < hostsPerBatch) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
