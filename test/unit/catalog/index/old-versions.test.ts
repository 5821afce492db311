import { describe, expect, it } from '@jest/globals';
import fc from '../../../support/fast-check.js';
import { CatalogIndex } from '../../../../src/catalog/index/catalog-index.js';
import type { ImageFilter } from '../../../../src/catalog/model/catalog-query.js';
import { answersOf } from '../../../support/catalog/answers.js';
import { aFilter, anImage } from '../../../support/catalog/arbitraries.js';
import { changeSet } from '../../../support/catalog/documents.js';
import { TestClock } from '../../../support/test-clock.js';

const step = fc.record({
  images: fc.array(anImage(12), { maxLength: 6 }),
  gone: fc.uniqueArray(
    fc.nat(11).map((key) => `k${key}`),
    { maxLength: 2 },
  ),
});

describe('a version of the catalog', () => {
  it('answers the same after further steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 4 }), aFilter, async (steps, filter) => {
        const index = await CatalogIndex.open({ clock: new TestClock() });
        try {
          const answers: string[] = [];
          for (const [before, { images, gone }] of steps.entries()) {
            await index.apply(
              changeSet(before + 1, {
                images: images.map(({ document }) => document),
                contents: images.flatMap(({ content }) => content ?? []),
                gone,
              }),
            );
            answers.push(await everything(index, filter, before + 1));
          }
          for (const [before, answer] of answers.entries())
            expect(await everything(index, filter, before + 1)).toBe(answer);
        } finally {
          await index.close();
        }
      }),
      { numRuns: 3 },
    );
  });
});

async function everything(index: CatalogIndex, filter: ImageFilter, version: number): Promise<string> {
  const answers = await answersOf(index, filter, version);
  return JSON.stringify(answers, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
