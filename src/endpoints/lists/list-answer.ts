import type { FreshnessDemand } from '../../cache/freshness-demand.js';
import { bothValid, type Dependency } from '../../cache/validity.js';
import { DataAnswer } from '../../http/answer.js';
import { ListBody } from '../../http/list-body.js';
import { link, type PublicPaths } from '../../http/links.js';
import { Problem } from '../../http/problem.js';
import type { RequestContext } from '../../http/request-context.js';
import type { Freshness } from './freshness.js';
import type { ListReader, Page } from './list-reader.js';
import type { HssList } from './hss-list.js';
import { defaultLimit, furthestOffset, longestPage, type PagingQuery } from './paging.query.js';

/** What a page depends on besides the list and its paging. */
interface PageRules<Row> {
  /**
   * Whether the consumer sees a row. HSS filters, so another row is a wrong answer of HSS, and a total that counts such
   * rows is wrong too.
   */
  isSeen?: (row: Row) => boolean;
  /** The versions by which the route decided that the consumer sees the list at all. */
  dependencies?: readonly Dependency[];
}

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

  /** @throws Problem `upstream-invalid-response` for a row that is not seen; what ListReader throws. */
  async page<Row extends object>(
    list: HssList<Row>,
    path: string,
    query: PagingQuery,
    context: RequestContext,
    rules: PageRules<Row> = {},
  ): Promise<DataAnswer> {
    const { range, mark, demand } = rangeOf(query, context.demand);
    const page = await this.reader.page(list, range, mark === undefined ? context : { ...context, demand });
    if (!areSeen(page, rules))
      throw new Problem('upstream-invalid-response', 'HSS has answered with rows of other namespaces');
    const { error } = page.freshness;
    // A strict consumer wants the error, not a stale answer in its place.
    if (context.strict && error !== undefined) throw error as Error;
    return new DataAnswer(this.#body(path, query, page), ageOf(page, rules), (paging) =>
      this.#heldPage(list, path, { ...query, ...paging }, rules),
    );
  }

  /** A page for a request without demands. */
  #heldPage<Row extends object>(
    list: HssList<Row>,
    path: string,
    query: PagingQuery,
    rules: PageRules<Row>,
  ): DataAnswer | undefined {
    const { range, demand } = rangeOf(query, {});
    // The route refuses such a page.
    if (range.limit < 1 || range.limit > longestPage || range.offset > furthestOffset) return undefined;
    const page = this.reader.heldPage(list, range, demand);
    if (!page || !areSeen(page, rules)) return undefined;
    return new DataAnswer(this.#body(path, query, page), ageOf(page, rules));
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

function areSeen<Row>({ rows }: Page<Row>, { isSeen }: PageRules<Row>): boolean {
  return isSeen === undefined || rows.every(isSeen);
}

function ageOf<Row>({ freshness }: Page<Row>, { dependencies = [] }: PageRules<Row>): Freshness {
  return { ...freshness, validity: bothValid(freshness.validity, { until: Infinity, dependencies }) };
}

function rangeOf(query: PagingQuery, given: FreshnessDemand) {
  const range = { limit: Number(query.limit ?? defaultLimit), offset: Number(query.offset ?? 0) };
  const mark = query.walk === undefined ? undefined : parseInt(query.walk, 36);
  return { range, mark, demand: mark === undefined ? given : { ...given, fetchedSince: mark } };
}
