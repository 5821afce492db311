import type { ReadContext } from '../../cache/read-context.js';
import { DataAnswer } from '../../http/answer.js';
import { link, type PublicPaths } from '../../http/links.js';
import type { RequestContext } from '../../http/request-context.js';
import type { ListReader } from './list-reader.js';
import type { HssList } from './hss-list.js';
import { defaultLimit, furthestOffset, type PagingQuery } from './paging.query.js';

/** A list as an endpoint understood a query. */
export interface Filtered<Row> {
  list: HssList<Row>;
  /** Filters that were completed for the consumer: later pages of a walk must ask for the same. */
  completed?: Readonly<Record<string, string | undefined>>;
}

/**
 * Answers one page of a wrapped list: `{items, total, limit, offset, next, fetchedAt}`. `next` carries every filter
 * as it was understood, and the walk's mark: the time of the first page's data, by which later pages take blocks
 * that are not older although their fresh life is over.
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
    const asking: ReadContext =
      mark === undefined ? context : { ...context, demand: { ...context.demand, fetchedSince: mark } };
    const page = await this.reader.page(list, { offset, limit }, asking);
    const { freshness } = page;
    const { fetchedAt, error } = freshness;
    // Strict callers want the reason, not what stands in for an answer of HSS.
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

/** In wall time, ms: the ends that were set to the coming minute. After it the same query asks for something else. */
function movingEnds(query: object, completed: Filtered<object>['completed'] = {}): number[] {
  return Object.entries(completed).flatMap(([name, value]) =>
    value !== undefined && name.endsWith('Before') && !Object.hasOwn(query, name) ? [Number(value)] : [],
  );
}
