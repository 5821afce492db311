import type { ReadContext } from '../../cache/read-context.js';
import { DataAnswer } from '../../http/answer.js';
import { link, type PublicPaths } from '../../http/links.js';
import type { RequestContext } from '../../http/request-context.js';
import type { ListReader } from './list-reader.js';
import type { HssList } from './hss-list.js';
import { defaultLimit, furthestOffset, type PagingQuery } from './paging.query.js';

/** The list of HSS that an endpoint made of a consumer's query. */
export interface Filtered<Row> {
  list: HssList<Row>;
  /** Filters that the endpoint completed for the consumer. Later pages of a walk must use the same values. */
  completed?: Readonly<Record<string, string | undefined>>;
}

/**
 * Answers one page of a list of HSS: `{items, total, limit, offset, next, fetchedAt}`. The link `next` has every
 * filter with the value that this page used. The link also has the walk's mark: the time of the first page's data.
 * Later pages accept blocks that are not older than the mark, although the blocks are no longer fresh.
 */
export class ListAnswers {
  constructor(
    private readonly reader: ListReader,
    private readonly paths: PublicPaths,
  ) {}

  async page<Row extends object>(
    { list, completed }: Filtered<Row>,
    path: string,
    query: PagingQuery,
    context: RequestContext,
  ): Promise<DataAnswer> {
    const limit = Number(query.limit ?? defaultLimit);
    const offset = Number(query.offset ?? 0);
    const mark = query.walk === undefined ? undefined : parseInt(query.walk, 36);
    const readContext: ReadContext =
      mark === undefined ? context : { ...context, demand: { ...context.demand, fetchedSince: mark } };
    const page = await this.reader.page(list, { offset, limit }, readContext);
    const { freshness } = page;
    const { fetchedAt, error } = freshness;
    // A strict consumer wants the error, not a stale answer in its place.
    if (context.strict && error !== undefined) throw error as Error;
    const nextQuery = {
      ...query,
      ...completed,
      limit,
      offset: offset + limit,
      walk: (mark ?? fetchedAt).toString(36),
    };
    const body = {
      items: page.rows,
      total: page.total,
      limit,
      offset,
      next: page.hasMore && nextQuery.offset <= furthestOffset ? link(this.paths.of(path), nextQuery) : null,
      fetchedAt: new Date(fetchedAt).toISOString(),
    };
    const endsMoveAt = Math.min(...movingEnds(query, completed));
    const until = Math.min(freshness.validity.until, endsMoveAt);
    return new DataAnswer(body, { ...freshness, validity: { ...freshness.validity, until } });
  }
}

/**
 * Wall times (ms) of the filter ends that the endpoint set to the coming minute. Later the same query has another
 * end.
 */
function movingEnds(query: object, completed: Filtered<object>['completed'] = {}): number[] {
  return Object.entries(completed).flatMap(([name, value]) =>
    value !== undefined && name.endsWith('Before') && !Object.hasOwn(query, name) ? [Number(value)] : [],
  );
}
