/**
 * The conditions of a query over all images. An image must meet all conditions; several values of one field are
 * alternatives.
 */
export interface ImageFilter {
  /** An image id or digest, with or without `sha256:`. */
  imageId?: string;
  /** In these two fields `null` means: not assessed, not known. */
  severity?: (string | null)[];
  scanStatus?: (string | null)[];
  /** Minimums. */
  vulnerabilities?: number;
  unsafeSettings?: number;
  maliciousFiles?: number;
  hostCount?: number;
  /** Exact values. One entry or local row of the image must have all of them. */
  namespace?: string;
  name?: string;
  tag?: string;
  registryName?: string;
  type?: string;
  /** A host of the image. One host must have both values. Other images can tell values that the image lacks. */
  hostId?: string;
  hostName?: string;
  onHosts?: boolean;
  /** At least one container runs the image. */
  running?: boolean;
  multiArch?: boolean;
  /** The base OS, ignoring case. One layer must have both values. */
  baseOsName?: string;
  baseOsVersion?: string;
  /**
   * Part of a file's name, and part of its directory. One file must have both. Case matters, as it does on the
   * hosts.
   */
  fileName?: string;
  filePath?: string;
  /** Wall times in ms. `After` includes the time itself, `Before` does not. */
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

/** Whether the filter names a host. */
export function asksForHost({ hostId, hostName }: ImageFilter): boolean {
  return hostId !== undefined || hostName !== undefined;
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

/** Null (not known) comes last in both directions. The serial decides between images that are otherwise equal. */
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

/**
 * The values of a facet, the most frequent first. Values of `baseOs` are `NAME VERSION`; booleans are `true` and
 * `false`.
 */
export type Facet = { value: string | null; count: number }[];

/** `unknown` selects the images whose content is not known and could match. Only for filters on content. */
export type Match = 'known' | 'unknown';

export interface ImageQuery {
  filter: ImageFilter;
  match: Match;
  sort: readonly SortTerm[];
  limit: number;
  /** The serial of the last image of the page before, which must match the query. Null for the first page. */
  after: number | null;
  /** The version of the catalog: the newest, or the version in a cursor. */
  version: number;
}

export interface HostQuery {
  filter: ImageFilter;
  limit: number;
  offset: number;
  version: number;
}

/** The number of images with known content. `total` is the number of images whose content HSS can tell. */
export interface Coverage {
  baseOs: { known: number; total: number };
  files: { known: number; total: number };
}
