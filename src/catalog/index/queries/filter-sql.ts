import { plainDigest } from '../../../domain/digest.js';
import { asksForHost, type FacetName, type ImageFilter, type Words } from '../../model/catalog-query.js';
import type { Postings } from '../words/postings.js';
import type { Vocabulary } from '../words/vocabulary.js';
import type { Bindings } from './bindings.js';
import { contentConditions, type ContentCondition } from './content-sql.js';
import type { JoinedHosts } from './joined-hosts.js';
import { hostCondition } from './presence-sql.js';
import { nameConditions } from './name-sql.js';
import { imagesSeen, type SeenPlaces } from './seen-sql.js';

// Turns a filter into conditions of SQL. All queries of this room use it. A consumer's words never become part of the
// text of a query: they are bound.

/** Translates a consumer's words into numbers. */
export interface Terms {
  vocabulary: Vocabulary;
  /** Rows by id or digest. */
  ids: Pick<Postings, 'of'>;
  /** The joined hosts of the version. */
  joinedHosts: JoinedHosts;
  seen: SeenPlaces;
  /** The contents with a file that the filter asks for, as bits. Undefined: the filter asks for no file. */
  contentsFound: Uint8Array | undefined;
}

/** The conditions on images, which are called `i`. */
export interface Conditions {
  /** What the query reads as rows `i`. */
  from: string;
  /** All conditions but those on content. */
  plain: string[];
  content: ContentCondition[];
  /** The conditions look into other tables, so a query must not evaluate them twice. */
  isCostly: boolean;
}

export function conditionsOf(
  filter: ImageFilter,
  version: number,
  terms: Terms,
  bindings: Bindings,
): Conditions {
  const from = imagesSeen(terms.seen, bindings);
  const at = bindings.add(version, 'INTEGER');
  const plain = [`i.since <= ${at}`, `i.until > ${at}`];
  plain.push(...facetConditions(filter, terms, bindings));
  plain.push(...rangeConditions(filter, bindings));
  const joined = nameConditions(filter, terms.seen, bindings);
  if (asksForHost(filter)) joined.push(hostCondition(filter, terms.joinedHosts, bindings));
  const content = contentConditions(filter, terms.vocabulary, terms.contentsFound, bindings);
  const isCostly = joined.length + content.length > 0 || terms.seen !== null;
  return { from, plain: [...plain, ...joined], content, isCostly };
}

/** Conditions on columns of `images` itself. */
function facetConditions(
  filter: ImageFilter,
  { vocabulary, ids, seen }: Terms,
  bindings: Bindings,
): string[] {
  const { combinations } = vocabulary;
  const conditions: string[] = [];
  const having = (name: 'notScannableReason' | 'inRegistry', words: readonly (string | null)[]) =>
    seen === null
      ? `i.facets IN (SELECT unnest(${bindings.add(combinations.having(name, words), 'INTEGER[]')}))`
      : String(words.includes(seenValues[name]));
  const oneOf = (words: Words): string[] => [
    ...singles.flatMap(([field, column]) => {
      const numbers = words[field]?.map((word) => combinations.findAll({ [field]: word }));
      return numbers ? [`list_contains(${bindings.add(numbers, 'INTEGER[]')}, ${column})`] : [];
    }),
    ...(words.notScannableReason ? [having('notScannableReason', words.notScannableReason)] : []),
  ];
  conditions.push(...oneOf(filter), ...oneOf(filter.except ?? {}).map((condition) => `NOT ${condition}`));
  if (filter.inRegistry !== undefined) conditions.push(having('inRegistry', [String(filter.inRegistry)]));
  if (filter.imageId !== undefined) {
    const rows = bindings.add(ids.of(plainDigest(filter.imageId)), 'INTEGER[]');
    conditions.push(`i.num IN (SELECT unnest(${rows}))`);
  }
  for (const [field, column] of flags) {
    const isOfHost = field === 'running' && asksForHost(filter);
    if (filter[field] !== undefined && !isOfHost)
      conditions.push(`i.${column} = ${bindings.add(filter[field], 'BOOLEAN')}`);
  }
  return conditions;
}

/** The same values for every image that a consumer with namespaces sees: by a registry row, not by local rows. */
const seenValues = { notScannableReason: null, inRegistry: 'true' } as const satisfies {
  [Name in FacetName]?: string | null;
};

/** The facets with a column of their own. */
const singles = [
  ['severity', 'i.severity'],
  ['scanStatus', 'i.scan_status'],
] as const;

const flags = [
  ['onHosts', 'on_hosts'],
  ['running', 'running'],
  ['multiArch', 'multi_arch'],
] as const;

const ranges = [
  ['vulnerabilities', 'vulnerabilities', '>='],
  ['unsafeSettings', 'unsafe_settings', '>='],
  ['maliciousFiles', 'malicious_files', '>='],
  ['hostCount', 'hosts', '>='],
  ['updatedAfter', 'updated_at', '>='],
  ['updatedBefore', 'updated_at', '<'],
  ['scannedAfter', 'scanned_at', '>='],
  ['scannedBefore', 'scanned_at', '<'],
] as const;

function rangeConditions(filter: ImageFilter, bindings: Bindings): string[] {
  return ranges.flatMap(([field, column, operator]) => {
    const bound = filter[field];
    return bound === undefined ? [] : [`i.${column} ${operator} ${bindings.add(bound, 'BIGINT')}`];
  });
}

/**
 * The matching rows as a table `m`. `known` is true for a match, false where the image's content is not known and
 * could match. Materialized, unless the caller needs different columns in each use.
 */
export function matching(
  { from, plain, content }: Conditions,
  columns: string,
  isMaterialized = true,
): string {
  const where = plain.join(' AND ');
  if (content.length === 0)
    return `m AS ${isMaterialized ? '' : 'NOT '}MATERIALIZED (SELECT ${columns}, true AS known FROM ${from} WHERE ${where})`;
  const parts = content.map(({ matches }, index) => `${matches} AS known${index}`).join(', ');
  const known = content.map((_, index) => `known${index}`).join(' AND ');
  const possible = content.map(({ open }, index) => `(known${index} OR ${open})`).join(' AND ');
  return `m AS MATERIALIZED (SELECT ${columns}, ${known} AS known
    FROM (SELECT i.*, ${parts} FROM ${from} WHERE ${where}) i WHERE ${possible})`;
}
