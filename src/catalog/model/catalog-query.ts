/** The fields that a filter compares with words. */
export const wordFields = [
  'severity',
  'scanStatus',
  'type',
  'registryName',
  'namespace',
  'name',
  'tag',
  'notScannableReason',
  'baseOs',
  'baseOsName',
  'baseOsVersion',
] as const;
export type WordField = (typeof wordFields)[number];

/** Words for fields. Null stands for an image that has no value in the field. */
export type Words = { [Field in WordField]?: readonly (string | null)[] };

/**
 * The conditions of a query over all images. An image must meet all conditions; several words of one field are
 * alternatives. One entry or local row of the image must have a word of each of `type`, `registryName`, `namespace`,
 * `name` (ignoring case) and `tag`. One layer must have a word of each of `baseOs` (as the facet shows it),
 * `baseOsName` and `baseOsVersion` (both ignoring case). A version matches its minor versions too. `baseOsName` and
 * `baseOsVersion` have no null.
 */
export interface ImageFilter extends Words {
  /** None of these words may be true of any entry, local row or layer of the image. */
  except?: Words;
  /** An image id or digest, with or without `sha256:`. */
  imageId?: string;
  /** Minimums. */
  vulnerabilities?: number;
  unsafeSettings?: number;
  maliciousFiles?: number;
  hostCount?: number;
  /**
   * A host of the image. One host must have all values. The name ignores case; `hostText` is part of the name, ignoring
   * case. Other images can tell values that the image lacks.
   */
  hostId?: string;
  hostName?: string;
  hostText?: string;
  /** Whether the image has an entry in a registry, and whether a host has the image. */
  inRegistry?: boolean;
  onHosts?: boolean;
  /**
   * At least one container runs the image: on the host that the filter names, or on any host if the filter names none.
   * In a question about hosts: on the host in question.
   */
  running?: boolean;
  multiArch?: boolean;
  /**
   * Part of a file's name (of the directory with the name, if the text has a slash), and part of its directory,
   * ignoring case. One file must have both.
   */
  fileName?: string;
  filePath?: string;
  /** Wall times in ms. `After` includes the time itself, `Before` does not. */
  updatedAfter?: number;
  updatedBefore?: number;
  scannedAfter?: number;
  scannedBefore?: number;
  /** Part of `namespace/name:tag` of one entry or copy, ignoring case. */
  text?: string;
}

/** Whether the filter has a condition on content. An image whose content is not known can then match or not. */
export function asksForContent({ fileName, filePath, except = {}, ...filter }: ImageFilter): boolean {
  const os = [filter, except].flatMap(({ baseOs, baseOsName, baseOsVersion }) => [
    baseOs,
    baseOsName,
    baseOsVersion,
  ]);
  return [...os, fileName, filePath].some((value) => value !== undefined);
}

/** Whether the filter has a condition on files. */
export function asksForFiles({ fileName, filePath }: ImageFilter): boolean {
  return fileName !== undefined || filePath !== undefined;
}

/** Whether the filter names a host, or several hosts by their name. */
export function asksForHost({ hostId, hostName, hostText }: ImageFilter): boolean {
  return hostId !== undefined || hostName !== undefined || hostText !== undefined;
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
  'notScannableReason',
  'inRegistry',
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

/**
 * `containers`: the containers that run matching images. `severity` and `vulnerabilities`: of the worst matching image,
 * each by itself. `name`: the first name of a host with several names.
 */
export const hostSortKeys = ['matches', 'containers', 'severity', 'vulnerabilities', 'name'] as const;
export type HostSortKey = (typeof hostSortKeys)[number];

/** Null (not known) comes last in both directions. The identity decides between hosts that are otherwise equal. */
export interface HostSortTerm {
  key: HostSortKey;
  descending: boolean;
}

/** The hosts with the most matches come first. */
export const mostMatchesFirst: readonly HostSortTerm[] = [{ key: 'matches', descending: true }];

export interface HostQuery {
  filter: ImageFilter;
  sort: readonly HostSortTerm[];
  limit: number;
  offset: number;
  version: number;
}

/** The number of images with known content. `total` is the number of images whose content HSS can tell. */
export interface Coverage {
  baseOs: { known: number; total: number };
  files: { known: number; total: number };
}
