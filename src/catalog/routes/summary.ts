import { Injectable } from '@nestjs/common';
import type { DataAnswer } from '../../http/answer.js';
import type { RequestContext } from '../../http/request-context.js';
import type { SortTerm } from '../model/catalog-query.js';
import { atVersion, CatalogAccess } from '../lookup/catalog-access.js';
import type { ImageFilterQuery } from './image-filter.query.js';
import { checkWords, readFilter } from './image-filter.js';
import { toItem } from './image-view.js';
import { shownFacets } from './shown-facets.js';

export const summaryFacets = [
  'severity',
  'scanStatus',
  'baseOs',
  'registryName',
  'namespace',
  'onHosts',
] as const;
const mostRisky = 10;
const riskiestFirst: readonly SortTerm[] = (
  ['severity', 'maliciousFiles', 'vulnerabilities', 'unsafeSettings', 'hosts'] as const
).map((key) => ({ key, descending: true }));

/** Counts of all images, or of the matching images, with the ten riskiest images. */
@Injectable()
export class Summary {
  constructor(private readonly access: CatalogAccess) {}

  async get(query: ImageFilterQuery, context: RequestContext): Promise<DataAnswer> {
    const filter = readFilter(query);
    const { version, age } = await this.access.position('/v1/catalog/summary', {}, context);
    const { reader } = this.access;
    await atVersion(checkWords(reader, filter, version, context));
    const page = {
      filter,
      match: 'known',
      sort: riskiestFirst,
      limit: mostRisky,
      after: null,
      version,
    } as const;
    const [counts, riskiest] = await atVersion(
      Promise.all([reader.facets(filter, summaryFacets, version, context), reader.images(page, context)]),
    );
    const { items, total, unknown } = riskiest;
    const body = {
      total,
      ...(unknown === null ? {} : { unknown }),
      counts: shownFacets(counts),
      riskiest: items.map((image) => toItem(image, undefined, context.principal.consumer.view)),
    };
    return this.access.answer(body, age, context);
  }
}
