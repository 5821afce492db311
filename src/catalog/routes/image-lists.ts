import { Injectable } from '@nestjs/common';
import type { View } from '../../consumers/consumer.js';
import type { DataAnswer } from '../../http/answer.js';
import { link, PublicPaths } from '../../http/links.js';
import { Problem } from '../../http/problem.js';
import type { RequestContext } from '../../http/request-context.js';
import { invalid } from '../../http/validation.js';
import {
  mostMatchesFirst,
  type FacetName,
  type HostSortTerm,
  type ImageFilter,
  type SortTerm,
} from '../model/catalog-query.js';
import type { MatchingHost } from '../model/reader.js';
import { atVersion, CatalogAccess, type PagePosition } from '../lookup/catalog-access.js';
import { ageOf } from '../lookup/catalog-mark.js';
import { defaultCatalogLimit, type HostsQuery, type HostImagesQuery } from './catalog-images.query.js';
import type { CatalogImagesQuery } from './catalog-images.query.js';
import { checkWords, readFilter, readMatch } from './image-filter.js';
import { hostedFields, readFields, toItem } from './image-view.js';
import { shownFacets } from './shown-facets.js';

/** One page of images or of hosts. */
interface Found {
  items: object[];
  total: number;
  unknown: number | null;
  last: number | null;
}

/**
 * Answers pages of images and of hosts from the catalog. All pages of one walk show one version of the catalog.
 * This class never calls HSS.
 */
@Injectable()
export class ImageLists {
  constructor(
    private readonly access: CatalogAccess,
    private readonly paths: PublicPaths,
  ) {}

  /** A page of images. @throws Problem for a bad query, an expired cursor, or an empty catalog. */
  images(query: CatalogImagesQuery, context: RequestContext): Promise<DataAnswer> {
    return this.#images('/v1/images', query, {}, context);
  }

  /**
   * A page of a host's images.
   * @throws Problem `not-found` for an unknown host of a complete catalog; and like `images`.
   */
  async imagesOfHost(hostId: string, query: HostImagesQuery, context: RequestContext): Promise<DataAnswer> {
    this.access.checkReady();
    const { reader } = this.access;
    const path = `/v1/hosts/${encodeURIComponent(hostId)}/images`;
    const answer = await this.#images(path, query, { hostId }, context);
    if ((answer.body as { total: number }).total > 0 || query.cursor !== undefined) return answer;
    const { version } = reader;
    const page = { filter: { hostId }, match: 'known', sort: [], limit: 1, after: null, version } as const;
    const known = await atVersion(reader.images(page, context));
    if (known.total > 0) return answer;
    throw ageOf(reader).complete
      ? new Problem('not-found', 'The catalog knows no image on a host of this id')
      : new Problem(
          'catalog-not-ready',
          'The catalog knows no host of this id yet, and the catalog is not complete',
          { retryAt: this.access.completeAt },
        );
  }

  async hosts(query: HostsQuery, context: RequestContext): Promise<DataAnswer> {
    const filter = readFilter(query);
    const position = await this.access.position('/v1/hosts', query, context);
    const limit = limitOf(query);
    const { version, offset } = position;
    await atVersion(checkWords(this.access.reader, filter, version, context));
    const sort = query.sort === undefined ? mostMatchesFirst : (readSort(query.sort) as HostSortTerm[]);
    const page = { filter, sort, limit, offset, version };
    const found = await atVersion(this.access.reader.hosts(page, context));
    const { view } = context.principal.consumer;
    const items = found.items.map((host) => hostItem(host, query.fields, view));
    return this.#page('/v1/hosts', query, { ...found, items, last: null }, position, context);
  }

  async #images(
    path: string,
    query: CatalogImagesQuery | HostImagesQuery,
    besides: ImageFilter,
    context: RequestContext,
  ): Promise<DataAnswer> {
    const filter = { ...readFilter(query), ...besides };
    const match = readMatch(query.match, filter);
    const sort = readSort(query.sort) as SortTerm[];
    if (match === 'unknown' && query.facets !== undefined)
      throw invalid({
        field: 'facets',
        message: 'must not come with match=unknown: facets count known matches',
      });
    const { fields, facets } = query;
    const position = await this.access.position(path, query, context);
    const { version, after } = position;
    const { reader } = this.access;
    await atVersion(checkWords(reader, filter, version, context));
    const names = facets?.split(',') as FacetName[] | undefined;
    const [found, counted] = await atVersion(
      Promise.all([
        reader.images({ filter, match, sort, limit: limitOf(query), after, version }, context),
        names && reader.facets(filter, names, version, context),
      ]),
    );
    const shown = readFields(fields);
    const { view } = context.principal.consumer;
    const items = found.items.map((image) => toItem(image, shown, view));
    return this.#page(
      path,
      query,
      { ...found, items },
      position,
      context,
      counted ? { facets: shownFacets(counted) } : {},
    );
  }

  #page(
    path: string,
    query: CatalogImagesQuery | HostsQuery,
    { items, total, unknown, last }: Found,
    position: PagePosition,
    context: RequestContext,
    besides: object = {},
  ): DataAnswer {
    const limit = limitOf(query);
    const hasMore = items.length > 0 && position.offset + items.length < total;
    const nextCursor = hasMore ? position.next(items.length, last) : null;
    const next = nextCursor && link(this.paths.of(path), { ...query, limit, cursor: nextCursor });
    const body = {
      items,
      total,
      limit,
      next,
      nextCursor,
      ...(unknown === null ? {} : { unknown }),
      ...besides,
    };
    return this.access.answer(body, position.age, context);
  }
}

function limitOf({ limit }: { limit?: string }): number {
  return Number(limit ?? defaultCatalogLimit);
}

function hostItem({ images, ...host }: MatchingHost, fields: string | undefined, view: View): object {
  const shown = readFields(fields) ?? hostedFields;
  return { ...host, images: images.map((image) => toItem(image, shown, view)) };
}

/** @throws Problem `invalid-request` for a key in both directions. */
function readSort(sort: string | undefined): { key: string; descending: boolean }[] {
  const terms = (sort?.split(',') ?? []).map((word) => ({
    key: word.replace(/^-/, ''),
    descending: word.startsWith('-'),
  }));
  if (new Set(terms.map(({ key }) => key)).size < terms.length)
    throw invalid({ field: 'sort', message: 'must name each key once' });
  return terms;
}
