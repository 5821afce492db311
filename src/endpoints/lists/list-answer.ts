import type { FreshnessDemand } from '../../cache/freshness-demand.js';
import { DataAnswer } from '../../http/answer.js';
import { ListBody } from '../../http/list-body.js';
import { link, type PublicPaths } from '../../http/links.js';
import { Problem } from '../../http/problem.js';
import type { RequestContext } from '../../http/request-context.js';
import type { ListReader, Page } from './list-reader.js';
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
    const { range, mark, demand } = rangeOf(query, context.demand);
    const page = await this.reader.page(list, range, mark === undefined ? context : { ...context, demand });
    if (!page.rows.every(isSeen))
      throw new Problem('upstream-invalid-response', 'HSS has answered with rows of other namespaces');
    const { error } = page.freshness;
    // A strict consumer wants the error, not a stale answer in its place.
    if (context.strict && error !== undefined) throw error as Error;
    return new DataAnswer(this.#body(path, query, page), page.freshness, (paging) =>
      this.#heldPage(list, path, { ...query, ...paging }, isSeen),
    );
  }

  /** A page for a request without demands. */
  #heldPage<Row extends object>(
    list: HssList<Row>,
    path: string,
    query: PagingQuery,
    isSeen: (row: Row) => boolean,
  ): DataAnswer | undefined {
    const { range, demand } = rangeOf(query, {});
    const page = this.reader.heldPage(list, range, demand);
    if (!page?.rows.every(isSeen)) return undefined;
    return new DataAnswer(this.#body(path, query, page), page.freshness);
  }

  #body<Row extends object>(path: string, query: PagingQuery, page: Page<Row>): ListBody {
    const { rows, total, hasMore, freshness } = page;
    const {
      range: { offset, limit },
      mark,
    } = rangeOf(query, {});
    const { fetchedAt } = freshness;
    const end = offset + rows.length;
    const nextQuery = { ...query, limit, offset: end, walk: (mark ?? fetchedAt).toString(36) };
    const next = hasMore && end <= furthestOffset ? link(this.paths.of(path), nextQuery) : null;
    return new ListBody(rows, { total, limit, offset, next, fetchedAt: new Date(fetchedAt).toISOString() });
  }
}

function rangeOf(query: PagingQuery, given: FreshnessDemand) {
  const range = { limit: Number(query.limit ?? defaultLimit), offset: Number(query.offset ?? 0) };
  const mark = query.walk === undefined ? undefined : parseInt(query.walk, 36);
  return { range, mark, demand: mark === undefined ? given : { ...given, fetchedSince: mark } };
}
