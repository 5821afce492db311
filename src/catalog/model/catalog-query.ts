/** What can be asked of all images at once. Every condition narrows; several words in one field widen. */
export interface ImageFilter {
  /** An image id or digest, with or without `sha256:`. */
  imageId?: string;
  /** `null` in these two: not assessed, not known. */
  severity?: (string | null)[];
  scanStatus?: (string | null)[];
  /** At least so many. */
  vulnerabilities?: number;
  unsafeSettings?: number;
  maliciousFiles?: number;
  hostCount?: number;
  /** Exactly; any entry or local row of the image will do, but all of these in one and the same. */
  namespace?: string;
  name?: string;
  tag?: string;
  registryName?: string;
  type?: string;
  /** On this host: both in one and the same. */
  hostId?: string;
  hostName?: string;
  onHosts?: boolean;
  /** Some container runs it. */
  running?: boolean;
  multiArch?: boolean;
  /** Of the base OS, ignoring case; both in one and the same layer. */
  baseOsName?: string;
  baseOsVersion?: string;
  /** Part of a file's name, of its directory; both in one and the same file. Case matters, as on the hosts. */
  fileName?: string;
  filePath?: string;
  /** Wall times in ms: at or after, before. */
  updatedAfter?: number;
  updatedBefore?: number;
  scannedAfter?: number;
  scannedBefore?: number;
  /** Part of a namespace, name or tag, ignoring case. */
  text?: string;
}

/** Whether the filter has a condition on content. An image whose content is not known can then match or not. */
export function asksForContent(filter: ImageFilter): boolean {
  const { baseOsName, baseOsVersion, fileName, filePath } = filter;
  return [baseOsName, baseOsVersion, fileName, filePath].some((value) => value !== undefined);
}

export const sortKeys = [
  'severity',
  'vulnerabilities',
  'unsafeSettings',
  'maliciousFiles',
  'hosts',
  'scannedAt',
  'updatedAt',
  'appearedAt',
  'sizeBytes',
  'name',
] as const;
export type SortKey = (typeof sortKeys)[number];

/** Null (not known) comes last in both directions; the last word is the image's serial. */
export interface SortTerm {
  key: SortKey;
  descending: boolean;
}

export const facetNames = [
  'severity',
  'scanStatus',
  'type',
  'registryName',
  'namespace',
  'baseOs',
  'onHosts',
  'running',
  'multiArch',
] as const;
export type FacetName = (typeof facetNames)[number];

/** `baseOs` values are `NAME VERSION`; booleans are `true` and `false`; the most frequent first. */
export type Facet = { value: string | null; count: number }[];

/** Under a filter on content, `match: 'unknown'` asks for the images that might match too. */
export type Match = 'known' | 'unknown';

export interface ImageQuery {
  filter: ImageFilter;
  match: Match;
  sort: readonly SortTerm[];
  limit: number;
  /** The serial of the image that the page follows, which must be one of the answer; null: the first page. */
  after: number | null;
  /** The state of the catalog to look at: the newest, or one that a cursor names. */
  version: number;
}

export interface HostQuery {
  filter: ImageFilter;
  limit: number;
  offset: number;
  version: number;
}

/** Of how many images the content is known. `total`: images that HSS can be asked about. */
export interface Coverage {
  baseOs: { known: number; total: number };
  files: { known: number; total: number };
}
