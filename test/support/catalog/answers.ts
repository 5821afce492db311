import type { CatalogIndex } from '../../../src/catalog/index/catalog-index.js';
import { facetNames, mostMatchesFirst, type ImageFilter } from '../../../src/catalog/model/catalog-query.js';

/** The answers of an index about all images, and under a filter: pages, hosts, facets and streams of one version. */
export async function answersOf(
  index: CatalogIndex,
  filter: ImageFilter,
  version: number,
): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const asked of [{}, filter]) {
    const query = { filter: asked, limit: 50, version };
    const sort = [{ key: 'name', descending: true } as const];
    answers.push(await index.images({ ...query, match: 'known', sort, after: null }));
    answers.push(await index.hosts({ ...query, sort: mostMatchesFirst, offset: 0 }));
    answers.push(await index.facets(asked, facetNames, version));
    for await (const batch of await index.stream(asked, 'unknown', version)) answers.push(batch);
  }
  return answers;
}
