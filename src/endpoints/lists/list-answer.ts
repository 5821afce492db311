import type { ReadContext } from '../../cache/read-context.js';
import { DataAnswer } from '../../http/answer.js';
import { link, type PublicPaths } from '../../http/links.js';
import { Problem } from '../../http/problem.js';
import type { RequestContext } from '../../http/request-context.js';
import type { ListReader } from './list-reader.js';
import type { HssList } from './hss-list.js';
import { defaultLimit, furthestOffset, type PagingQuery } from './paging.query.js';

/**
 * Answers one page of a list of HSS: `{items, total, limit, offset, next, fetchedAt}`. The link `next` has the filters
 * as the consumer gave them, and the walk's mark: the time of the first page's data.
 * Later pages accept blocks that are not older than the mark, although the blocks are no longer fresh.
 */
export class ListAnswers {
  constructor(
    private readonly reader: ListReader,
    private readonly paths: PublicPaths,
  ) {}

  /**
   * @param isSeen whether the consumer sees a row. HSS filters, so another row is a wrong answer of HSS, and a total that
   * counts such rows is wrong too.
   * @throws Problem `upstream-invalid-response` for a row that is not seen; what ListReader throws.
   */
  async page<Row extends object>(
    list: HssList<Row>,
    path: string,
    query: PagingQuery,
    context: RequestContext,
    isSeen: (row: Row) => boolean = () => true,
  ): Promise<DataAnswer> {
    const limit = Number(query.limit ?? defaultLimit);
    const offset = Number(query.offset ?? 0);
    const mark = query.walk === undefined ? undefined : parseInt(query.walk, 36);
    const readContext: ReadContext =
      mark === undefined ? context : { ...context, demand: { ...context.demand, fetchedSince: mark } };
    const page = await this.reader.page(list, { offset, limit }, readContext);
    if (!page.rows.every(isSeen))
      throw new Problem('upstream-invalid-response', 'HSS has answered with rows of other namespaces');
    const { freshness } = page;
    const { fetchedAt, error } = freshness;
    // A strict consumer wants the error, not a stale answer in its place.
    if (context.strict && error !== undefined) throw error as Error;
    const nextQuery = {
      ...query,
      limit,
      offset: offset + page.rows.length,
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
    return new DataAnswer(body, freshness);
  }
}
