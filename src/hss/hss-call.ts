/** The HSS calls that this service makes, by HSS's own names: the four calls that it wraps, and the image counts. */
export const hssApis = [
  'ListImageFiles',
  'ListImageBasicImage',
  'ListImageLocal',
  'ListRegistryImages',
  'ShowImageAssetStatistics',
] as const;
export type HssApi = (typeof hssApis)[number];

export interface HssCall {
  api: HssApi;
  /** Path segments below `/v5/{project_id}/image/`, not yet percent-encoded. */
  path: readonly string[];
  /** HSS's own parameter names. Undefined values are not sent: for HSS `false` differs from an absent parameter. */
  query: Readonly<Record<string, string | undefined>>;
}

export interface Fetched<T> {
  answer: T;
  /** Wall time in ms at which the request was sent: HSS may have read its data at any moment since. */
  fetchedAt: number;
}

export interface HssTarget {
  /** Scheme and host, no trailing slash. */
  endpoint: string;
  region: string;
  projectId: string;
  /** The project of a call for which the consumer names none; undefined for HSS's default. */
  enterpriseProjectId?: string | undefined;
  /** Time limit for one HTTP exchange. */
  timeoutMs: number;
  /** Time limit between a grant of the budget and the sending of its call. */
  preparationMs: number;
}
