import { EnterpriseProjectParameter, IntegerParameter, MarkParameter } from '../../http/parameters.js';

export const defaultLimit = 10;
export const longestPage = 200;
/** HSS's own limit for offsets. */
export const furthestOffset = 2_000_000;

/** The parameters that all four lists have in common. */
export class PagingQuery {
  @IntegerParameter({ min: 1, max: longestPage, default: defaultLimit }, 'Rows per page')
  limit?: string;

  @IntegerParameter({ min: 0, max: furthestOffset, default: 0 }, 'Rows to skip')
  offset?: string;

  @EnterpriseProjectParameter()
  enterpriseProjectId?: string;

  @MarkParameter()
  walk?: string;
}
