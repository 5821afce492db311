/** The input of an API's handler: a call that the gateway admitted. Also the list that most handlers answer with. */
import type { Dataset } from '../data/dataset.js';
import type { EmulatorUser } from '../identity/users.js';
import type { Parameters } from './parameters.js';

/**
 * What the files and base OS calls answer for a variant of a multi-architecture image: the variant's own content, an
 * empty list, or HSS.0011. HSS does not say which.
 */
export type VariantContent = 'own' | 'empty' | 'missing';

export interface ApiSettings {
  readonly region: string;
  readonly strictRegionHeader: boolean;
  readonly requireEnterpriseProject: boolean;
  readonly variantContent: VariantContent;
  readonly assetStatistics: boolean;
}

export interface ApiCall {
  readonly parameters: Parameters;
  /** Decoded; empty for a call that names no image. */
  readonly imageId: string;
  readonly regionHeader: string | undefined;
  readonly user: EmulatorUser;
  readonly nowMs: number;
  readonly data: Dataset;
  readonly settings: ApiSettings;
}

export interface ListBody {
  readonly total_num: number;
  readonly data_list: readonly object[];
}

export type ApiHandler = (call: ApiCall) => object;

/** total_num counts every match, not only the page. */
export function listPage<Match>(
  matches: readonly Match[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
  rowOf: (match: Match) => object,
): ListBody {
  return { total_num: matches.length, data_list: matches.slice(offset, offset + limit).map(rowOf) };
}
