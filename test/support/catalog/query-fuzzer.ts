import fc from '../fast-check.js';
import { CatalogIndex } from '../../../src/catalog/index/catalog-index.js';
import { imagesPerHost } from '../../../src/catalog/index/queries/questions.js';
import type { CatalogImage } from '../../../src/catalog/model/catalog-image.js';
import { systemClock } from '../../../src/time/clock.js';
import { serviceItself } from '../../../src/catalog/model/asker.js';
import type { ContentDocument, ImageDocument } from '../../../src/catalog/model/documents.js';
import { serialSeen } from '../../../src/catalog/index/tables/place-rows.js';
import { seenContent, seenDocument } from '../../../src/catalog/model/seen.js';
import type { Namespaces } from '../../../src/domain/namespaces.js';
import { aFilter, aHostSort, anImage, aSort, someFacets, someNamespaces } from './arbitraries.js';
import type { HostedImage } from '../../../src/catalog/model/reader.js';
import { ArrayCatalog } from './array-catalog.js';
import { changeSet } from './documents.js';

/** Questions about one set of documents: filling the tables takes longer than asking. */
const questionsPerCatalog = 100;

const question = fc.record({
  namespaces: someNamespaces,
  filter: aFilter,
  match: fc.constantFrom('known' as const, 'unknown' as const),
  sort: aSort,
  hostSort: aHostSort,
  facets: someFacets,
  limit: fc.integer({ min: 1, max: 20 }),
  offset: fc.nat(12),
});

/**
 * Asks the index and an array the same random questions. @throws the first difference, with the seed.
 * @returns how many questions were asked.
 */
export async function fuzzQueries(cases: number): Promise<number> {
  let asked = 0;
  const each = Math.min(cases, questionsPerCatalog);
  const documents = fc.array(anImage(40), { minLength: 10, maxLength: 40 });
  const questions = fc.array(question, { minLength: each, maxLength: each });
  await fc.assert(
    fc.asyncProperty(documents, questions, async (described, asks) => {
      const index = await CatalogIndex.open({ clock: systemClock });
      try {
        const images = new Map(described.map(({ document }) => [document.key, document]));
        const contents = new Map(
          described.flatMap(({ content }) => (content ? [[content.key, content] as const] : [])),
        );
        await index.apply(changeSet(1, { images: [...images.values()], contents: [...contents.values()] }));
        for (const ask of asks) {
          await compare(index, arrayFor(ask.namespaces, images.values(), contents), ask);
          asked += 1;
        }
      } finally {
        await index.close();
      }
    }),
    { numRuns: Math.ceil(cases / each), endOnFailure: true },
  );
  return asked;
}

/** A catalog that holds nothing but what the consumer sees. */
function arrayFor(
  namespaces: Namespaces | null,
  documents: Iterable<ImageDocument>,
  contents: ReadonlyMap<string, ContentDocument>,
): ArrayCatalog {
  if (namespaces === null) return new ArrayCatalog(documents, contents);
  const seen = [...documents].flatMap((document) => seenDocument(document, namespaces) ?? []);
  const known = seen.flatMap((document) => {
    const content = seenContent(document, contents.get(document.key));
    return content ? [[document.key, content] as const] : [];
  });
  const numbered = seen.map((document) => ({ ...document, serial: serialSeen(document.key) }));
  return new ArrayCatalog(numbered, new Map(known), true);
}

async function compare(
  index: CatalogIndex,
  array: ArrayCatalog,
  ask: typeof question extends fc.Arbitrary<infer Question> ? Question : never,
): Promise<void> {
  const asker = { ...serviceItself, namespaces: ask.namespaces };
  const asked = { ...ask, version: 1, after: null };
  const query = { ...asked, after: array.images({ ...asked, limit: ask.offset }).last };
  same(await index.images(query, asker), array.images(query), ask);
  const hostQuery = { ...query, sort: ask.hostSort };
  same(await index.hosts(hostQuery, asker), array.hosts(hostQuery, imagesPerHost), ask);
  same(await index.facets(ask.filter, ask.facets, 1, asker), array.facets(ask.filter, ask.facets), ask);
  const streamed: CatalogImage[] = [];
  for await (const batch of await index.stream(ask.filter, ask.match, 1, asker)) streamed.push(...batch);
  same(streamed, array.all(ask.filter, ask.match), ask);
  const onHosts: HostedImage[] = [];
  for await (const batch of await index.streamHosts(ask.filter, 1, asker)) onHosts.push(...batch);
  same(onHosts, array.allHosts(ask.filter), ask);
}

function same(got: unknown, wanted: unknown, ask: unknown): void {
  const [one, other] = [got, wanted].map(text);
  if (one !== other) throw new Error(`${text(ask)}:\n  index ${one}\n  array ${other}`);
}

/** JSON with sorted keys: equal answers give equal text. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === 'bigint') return `${one}n`;
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
