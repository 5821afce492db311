import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CatalogIndex } from '../../../../src/catalog/index/catalog-index.js';
import { readSection } from '../../../../src/catalog/index/snapshot/section.js';
import type { ImageFilter } from '../../../../src/catalog/model/catalog-query.js';
import {
  changeSet,
  contentDocument,
  hostRecord,
  imageDocument,
  registryRecord,
} from '../../../support/catalog/documents.js';
import { TestClock } from '../../../support/test-clock.js';

const keptForMs = 15 * 60_000;
const images = 2_000;
/** One round replaces as many rows as a compaction needs. */
const stepsPerRound = 6;

/** Every word of an image is new with each version. */
function wordOf(version: number, image: number): string {
  return `v${version}-${image}`;
}

function step(version: number) {
  const words = Array.from({ length: images }, (_, image) => wordOf(version, image));
  return changeSet(version, {
    images: words.map((word, image) =>
      imageDocument(`k${image}`, {
        serial: image,
        entries: [registryRecord({ namespace: word })],
        onHosts: [hostRecord({ host: { hostId: word, agentId: null, name: `name-${word}` } })],
      }),
    ),
    contents: words.map((word, image) =>
      contentDocument(`k${image}`, [{ osName: word }], [{ path: `/${word}/x`, name: 'file' }]),
    ),
  });
}

describe('the dictionaries of the catalog', () => {
  const clock = new TestClock();
  let index: CatalogIndex;

  beforeEach(async () => {
    index = await CatalogIndex.open({ clock });
  });

  afterEach(() => index.close());

  /** Applies a round of steps, and lets the versions before grow too old for questions. */
  async function round(): Promise<void> {
    for (let each = 0; each < stepsPerRound; each += 1) await index.apply(step(index.version + 1));
    clock.advance(keptForMs + 1_000);
    // Waits for the compaction.
    for await (const section of index.snapshot()) readSection(section);
  }

  /** The numbers that each dictionary has given, those of forgotten words too. */
  async function sizes(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for await (const section of index.snapshot()) {
      const { header } = readSection(section);
      if (header.kind !== 'words') continue;
      counts[header.dictionary] = (counts[header.dictionary] ?? 0) + header.words.length;
    }
    return counts;
  }

  const filtersFor = (word: string): ImageFilter[] => [
    { namespace: [word] },
    { hostId: word },
    { hostName: `name-${word}` },
    { filePath: `/${word}/` },
    { baseOsName: [word] },
  ];
  const found = async (asked: CatalogIndex, filter: ImageFilter) => {
    const { version } = asked;
    const terms = { match: 'known', sort: [], limit: 5, after: null, version } as const;
    return (await asked.images({ filter, ...terms })).items.map(({ namespace }) => namespace);
  };

  it('give the numbers of words that no row uses any more to new words', async () => {
    await round();
    const first = await sizes();
    expect(Object.keys(first).sort()).toEqual(['combinations', 'files', 'hosts', 'namedHosts']);
    await round();
    for (const [name, size] of Object.entries(await sizes()))
      expect([name, size < (first[name] ?? 0) * 1.2]).toEqual([name, true]);
    const [here, before] = [wordOf(index.version, 7), wordOf(index.version - 1, 7)];
    for (const filter of filtersFor(here))
      expect([filter, await found(index, filter)]).toEqual([filter, [here]]);
    for (const filter of filtersFor(before))
      expect([filter, await found(index, filter)]).toEqual([filter, []]);

    // Another instance goes on from the snapshot.
    const sections: Buffer[] = [];
    for await (const section of index.snapshot()) sections.push(section);
    const other = await CatalogIndex.open({ clock });
    try {
      await other.load('next', sectionsIn(sections), step(index.version));
      await other.apply(step(other.version + 1));
      const word = wordOf(other.version, 7);
      for (const filter of filtersFor(word))
        expect([filter, await found(other, filter)]).toEqual([filter, [word]]);
    } finally {
      await other.close();
    }
  });
});

async function* sectionsIn(sections: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const section of sections) yield await Promise.resolve(section);
}
