import { CatalogIndex } from '../../../src/catalog/index/catalog-index.js';
import type { ChangeSet } from '../../../src/catalog/model/change-set.js';
import { TestClock } from '../test-clock.js';
import { changeSet } from './documents.js';

/** The snapshot of an index that applied this step, in pieces. */
export async function snapshotOf(step: Partial<ChangeSet>): Promise<Buffer[]> {
  const index = await CatalogIndex.open({ clock: new TestClock() });
  try {
    await index.apply(changeSet(1, step));
    return await allPieces(index.snapshot());
  } finally {
    await index.close();
  }
}

export async function allPieces(snapshot: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of snapshot) pieces.push(piece);
  return pieces;
}

export async function* inPieces(pieces: readonly Buffer[], atEnd: () => unknown = () => undefined) {
  yield* pieces;
  await atEnd();
}
