import { plainDigest } from '../../../domain/digest.js';
import type { ImageFilter } from '../../model/catalog-query.js';
import type { Bound } from '../tables/statements.js';
import { fold } from '../words/fold.js';
import type { Postings } from '../words/postings.js';
import type { Vocabulary } from '../words/vocabulary.js';
import type { JoinedHosts } from './joined-hosts.js';

// Turns a filter into conditions of SQL. All queries of this room use it. A consumer's words never become part of the
// text of a query: they are bound.

/** Collects the values of a query. The text holds only their numbers. */
export class Bindings {
  readonly values: Bound[] = [];

  add(value: Bound, type: 'INTEGER' | 'BIGINT' | 'VARCHAR' | 'BOOLEAN' | 'INTEGER[]'): string {
    this.values.push(type === 'BIGINT' ? BigInt(value as number) : value);
    return `$${this.values.length}::${type}`;
  }
}

/** Translates a consumer's words into numbers. */
export interface Terms {
  vocabulary: Vocabulary;
  /** Rows by id or digest. */
  ids: Postings;
  /** The joined hosts of the version. */
  joinedHosts: JoinedHosts;
}

/** The conditions on rows of `images`, which are called `i`. */
export interface Conditions {
  /** All conditions but those on content. */
  plain: string[];
  /** Conditions on content. `open` names the column that is true if the content may be different by now. */
  content: { matches: string; open: string }[];
  /** The conditions look into other tables, so a query must not evaluate them twice. */
  isCostly: boolean;
}

export function conditionsOf(
  filter: ImageFilter,
  version: number,
  terms: Terms,
  bindings: Bindings,
): Conditions {
  const at = bindings.add(version, 'INTEGER');
  const plain = [`i.since <= ${at}`, `i.until > ${at}`];
  plain.push(...wordConditions(filter, terms, bindings));
  plain.push(...rangeConditions(filter, bindings));
  const joined = [...nameConditions(filter, bindings), ...hostConditions(filter, terms, bindings)];
  const content = contentConditions(filter, bindings);
  return { plain: [...plain, ...joined], content, isCostly: joined.length + content.length > 0 };
}

function wordConditions(filter: ImageFilter, { vocabulary, ids }: Terms, bindings: Bindings): string[] {
  const { combinations } = vocabulary;
  const conditions: string[] = [];
  const oneOf = (column: string, numbers: readonly number[]) =>
    conditions.push(`list_contains(${bindings.add(numbers, 'INTEGER[]')}, ${column})`);
  if (filter.severity)
    oneOf(
      'i.severity',
      filter.severity.map((severity) => combinations.findAll({ severity })),
    );
  if (filter.scanStatus)
    oneOf(
      'i.scan_status',
      filter.scanStatus.map((scanStatus) => combinations.findAll({ scanStatus })),
    );
  if (filter.imageId !== undefined) {
    const rows = bindings.add(ids.of(plainDigest(filter.imageId)), 'INTEGER[]');
    conditions.push(`i.num IN (SELECT unnest(${rows}))`);
  }
  for (const [field, column] of flags)
    if (filter[field] !== undefined)
      conditions.push(`i.${column} = ${bindings.add(filter[field], 'BOOLEAN')}`);
  return conditions;
}

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

function nameConditions(filter: ImageFilter, bindings: Bindings): string[] {
  const { namespace, name, tag, registryName, type, text } = filter;
  const same = equalities({ namespace, name, tag, registry: registryName, type }, bindings);
  const conditions = same.length > 0 ? [`i.num IN (SELECT num FROM names WHERE ${same.join(' AND ')})`] : [];
  if (text !== undefined)
    conditions.push(
      `i.num IN (SELECT num FROM names WHERE contains(folded, ${bindings.add(fold(text), 'VARCHAR')}))`,
    );
  return conditions;
}

/** A condition for each column that has a word. */
function equalities(words: Record<string, string | undefined>, bindings: Bindings): string[] {
  return Object.entries(words).flatMap(([column, word]) =>
    word === undefined ? [] : [`${column} = ${bindings.add(word, 'VARCHAR')}`],
  );
}

function hostConditions(filter: ImageFilter, terms: Terms, bindings: Bindings): string[] {
  return presenceConditions(filter, terms, bindings).map(
    (named) => `i.num IN (SELECT num FROM presences WHERE ${named})`,
  );
}

/** The conditions on rows of `presences` for the host that the filter names, if any. */
export function presenceConditions(
  { hostId, hostName }: ImageFilter,
  { joinedHosts }: Terms,
  bindings: Bindings,
): string[] {
  if (hostId === undefined && hostName === undefined) return [];
  const namedHosts = joinedHosts.find(hostId, hostName);
  const [namedHost] = namedHosts;
  // Mostly a single number. A comparison is faster than a join.
  const isMeant =
    namedHosts.length === 1 && namedHost !== undefined
      ? `named_host = ${bindings.add(namedHost, 'INTEGER')}`
      : `named_host IN (SELECT unnest(${bindings.add(namedHosts, 'INTEGER[]')}))`;
  return [isMeant];
}

function contentConditions(filter: ImageFilter, bindings: Bindings): Conditions['content'] {
  const { baseOsName, baseOsVersion, fileName, filePath } = filter;
  const conditions: Conditions['content'] = [];
  const os = equalities({ name: foldedOf(baseOsName), version: foldedOf(baseOsVersion) }, bindings);
  if (os.length > 0)
    conditions.push({
      matches: `i.content IN (SELECT content FROM base_os WHERE ${os.join(' AND ')})`,
      open: 'i.os_open',
    });
  const file = Object.entries({ name: fileName, path: filePath })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([column, word]) => `contains(${column}, ${bindings.add(word, 'VARCHAR')})`);
  if (file.length > 0)
    conditions.push({
      matches: `i.content IN (SELECT content FROM image_files WHERE file IN (SELECT file FROM files WHERE ${file.join(' AND ')}))`,
      open: 'i.files_open',
    });
  return conditions;
}

function foldedOf(word: string | undefined): string | undefined {
  return word === undefined ? undefined : fold(word);
}

/**
 * The matching rows as a table `m`. `known` is true for a match, false where the image's content is not known and
 * could match. Materialized, unless the caller needs different columns in each use.
 */
export function matching({ plain, content }: Conditions, columns: string, isMaterialized = true): string {
  const where = plain.join(' AND ');
  if (content.length === 0)
    return `m AS ${isMaterialized ? '' : 'NOT '}MATERIALIZED (SELECT ${columns}, true AS known FROM images i WHERE ${where})`;
  const parts = content.map(({ matches }, index) => `${matches} AS known${index}`).join(', ');
  const known = content.map((_, index) => `known${index}`).join(' AND ');
  const possible = content.map(({ open }, index) => `(known${index} OR ${open})`).join(' AND ');
  return `m AS MATERIALIZED (SELECT ${columns}, ${known} AS known
    FROM (SELECT i.*, ${parts} FROM images i WHERE ${where}) i WHERE ${possible})`;
}
