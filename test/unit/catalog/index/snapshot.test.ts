import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from '../../../support/fast-check.js';
import { CatalogIndex } from '../../../../src/catalog/index/catalog-index.js';
import { commonText } from '../../../../src/catalog/index/documents/common-text.js';
import { readSection, toSection } from '../../../../src/catalog/index/snapshot/section.js';
import type { ImageFilter } from '../../../../src/catalog/model/catalog-query.js';
import { answersOf } from '../../../support/catalog/answers.js';
import { aFilter, anImage } from '../../../support/catalog/arbitraries.js';
import {
  changeSet,
  contentDocument,
  hostRecord,
  imageDocument,
  registryRecord,
} from '../../../support/catalog/documents.js';
import { allPieces, inPieces, snapshotOf } from '../../../support/catalog/snapshots.js';
import { TestClock } from '../../../support/test-clock.js';
import { aWhile } from '../../../support/until.js';

const aStep = fc
  .record({
    images: fc.array(anImage(12), { maxLength: 8 }),
    gone: fc.uniqueArray(
      fc.nat(11).map((key) => `k${key}`),
      { maxLength: 2 },
    ),
  })
  .map(({ images, gone }) => ({
    images: images.map(({ document }) => document),
    contents: images.flatMap(({ content }) => content ?? []),
    gone,
  }));

/** The snapshot of another release: only its documents can be read. */
function ofAnotherFormat(pieces: readonly Buffer[]): Buffer[] {
  return pieces.map((piece) =>
    readSection(piece).header.kind === 'form' ? toSection({ kind: 'form', form: 'another' }) : piece,
  );
}

describe('a catalog that is loaded from a snapshot', () => {
  it.each([
    ['of its own format', (pieces: Buffer[]) => pieces],
    ['of another format', ofAnotherFormat],
  ])('answers like the catalog that wrote the snapshot %s', async (_format, change) => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 2, maxLength: 4 }), aFilter, async (steps, filter) => {
        const [written, loaded] = await Promise.all(
          [1, 2].map(() => CatalogIndex.open({ clock: new TestClock() })),
        );
        const last = steps.pop()!;
        try {
          for (const [before, step] of steps.entries()) await written!.apply(changeSet(before + 1, step));
          const pieces = change(await allPieces(written!.snapshot()));
          await loaded!.load('e', inPieces(pieces), changeSet(steps.length));
          expect(await everything(loaded!, filter)).toEqual(await everything(written!, filter));
          // New numbers must differ from the numbers in the snapshot.
          for (const index of [written!, loaded!]) await index.apply(changeSet(steps.length + 1, last));
          expect(await everything(loaded!, filter)).toEqual(await everything(written!, filter));
        } finally {
          await Promise.all([written!.close(), loaded!.close()]);
        }
      }),
      { numRuns: 4 },
    );
  });

  it('writes a loaded snapshot unchanged', async () => {
    const pieces = await snapshotOf({ images: [anything()], contents: [content()] });
    const index = await CatalogIndex.open({ clock: new TestClock() });
    await index.load('e', inPieces(pieces), changeSet(1));
    expect(await allPieces(index.snapshot())).toEqual(pieces);
    await index.close();
  });

  it('applies a step only after a snapshot was read or given up', async () => {
    const index = await CatalogIndex.open({ clock: new TestClock() });
    const snapshot = index.snapshot();
    await snapshot.next();
    let isApplied = false;
    const applied = index.apply(changeSet(1)).then(() => (isApplied = true));
    await aWhile(20);
    expect(isApplied).toBe(false);
    await snapshot.return(undefined);
    await applied;
    await index.close();
  });
});

describe('the format of snapshots', () => {
  // Under the same name an instance would take over rows that were made by other rules.
  it('is unchanged; if this fails, rename the format in format.ts', async () => {
    const pieces = await snapshotOf({ images: [anything()], contents: [content()] });
    const hash = createHash('sha256');
    for (const piece of pieces) {
      const { header, body } = readSection(piece);
      hash.update(JSON.stringify(header.kind === 'rows' ? header.rows : header));
      if (header.kind === 'table') hash.update(body);
    }
    expect(hash.digest('hex').slice(0, 16)).toBe('e34ffffc8966dc21');
  });

  it('never changes the text that documents are deflated with', () => {
    expect(createHash('sha256').update(commonText).digest('hex').slice(0, 16)).toBe('a549e5912414c2f2');
  });
});

const content = () =>
  contentDocument(
    'k',
    [{ osName: 'Debian', osVersion: '9' }],
    [{ name: 'f', path: '/', sizeBytes: 2n ** 60n }],
  );

/** An image with rows of every kind. */
const anything = () =>
  imageDocument('k', {
    serial: 7,
    entries: [
      registryRecord({ imageId: 'id', sizeBytes: 2n ** 62n, severity: 'high' }, 'registry/1'),
      registryRecord({ namespace: 'other', tag: 'B', type: null }, 'registry/2'),
    ],
    onHosts: [
      hostRecord({ name: 'app', host: { hostId: 'h1', name: 'Node', agentId: null } }, 'local/1'),
      hostRecord({ name: 'copy', host: { hostId: null, name: 'Node', agentId: 'a' } }, 'local/2'),
    ],
  });

async function everything(index: CatalogIndex, filter: ImageFilter): Promise<unknown[]> {
  const answers: unknown[] = [index.coverage(), index.keysNamed({ name: 'app' })];
  answers.push(...(await answersOf(index, filter, index.version)));
  for await (const batch of index.documents())
    for (const one of batch) answers.push(one, index.keysOf(one.image.entries[0]?.row.imageId ?? ''));
  return answers;
}
