import type { ImageFilter } from '../../model/catalog-query.js';
import { fold, type Vocabulary } from '../tables/image-row.js';
import type { Postings } from '../words/postings.js';
import type { Bound } from '../tables/statements.js';
import { plainDigest } from '../../../domain/digest.js';

/** Collects the values of a question; what stands in the text are their numbers. */
export class Bindings {
  readonly values: Bound[] = [];

  add(value: Bound, type: 'INTEGER' | 'BIGINT' | 'VARCHAR' | 'BOOLEAN' | 'INTEGER[]'): string {
    this.values.push(type === 'BIGINT' ? BigInt(value as number) : value);
    return `$${this.values.length}::${type}`;
  }
}

/** What translates a consumer's words: nothing of them gets into the text of a query. */
export interface Terms {
  words: Vocabulary;
  /** Rows by id or digest. */
  ids: Postings;
}

/** The condition on rows of `images`, called `i`. */
export interface Conditions {
  /** All but those on content. */
  plain: string[];
  /** On content, with the column that says that the content may be another by now. */
  content: { matches: string; open: string }[];
  /** Other tables have to be looked into: not to be done twice in one question. */
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
  const joined = [...nameConditions(filter, terms, bindings), ...hostConditions(filter, terms, bindings)];
  const content = contentConditions(filter, terms, bindings);
  return { plain: [...plain, ...joined], content, isCostly: joined.length + content.length > 0 };
}

function wordConditions(filter: ImageFilter, { words, ids }: Terms, bindings: Bindings): string[] {
  const conditions: string[] = [];
  const oneOf = (column: string, numbers: readonly number[]) =>
    conditions.push(`list_contains(${bindings.add(numbers, 'INTEGER[]')}, ${column})`);
  if (filter.severity)
    oneOf(
      'i.severity',
      filter.severity.map((word) => words.severity.find(word)),
    );
  if (filter.scanStatus)
    oneOf(
      'i.scan_status',
      filter.scanStatus.map((word) => words.scanStatus.find(word)),
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

function nameConditions(filter: ImageFilter, { words }: Terms, bindings: Bindings): string[] {
  const { namespace, name, tag, registryName, type, text } = filter;
  const same = Object.entries({ namespace, name, tag, registry: registryName, type })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([column, word]) => `${column} = ${bindings.add(words.names.find(word), 'INTEGER')}`);
  const conditions = same.length > 0 ? [`i.num IN (SELECT num FROM names WHERE ${same.join(' AND ')})`] : [];
  if (text !== undefined) {
    const part = bindings.add(fold(text), 'VARCHAR');
    const holding = `(SELECT word FROM words WHERE contains(folded, ${part}))`;
    const any = ['namespace', 'name', 'tag'].map((column) => `${column} IN ${holding}`).join(' OR ');
    conditions.push(`i.num IN (SELECT num FROM names WHERE ${any})`);
  }
  return conditions;
}

function hostConditions(filter: ImageFilter, terms: Terms, bindings: Bindings): string[] {
  return presenceConditions(filter, terms, bindings).map(
    (named) => `i.num IN (SELECT num FROM presences WHERE ${named})`,
  );
}

/** On rows of `presences`: which hosts are meant, where some are named. */
export function presenceConditions(
  { hostId, hostName }: ImageFilter,
  { words }: Terms,
  bindings: Bindings,
): string[] {
  if (hostId === undefined && hostName === undefined) return [];
  const labels = words.labels.find(hostId, hostName);
  const [label] = labels;
  // Mostly one, which is compared; a join takes longer.
  const isMeant =
    labels.length === 1 && label !== undefined
      ? `label = ${bindings.add(label, 'INTEGER')}`
      : `label IN (SELECT unnest(${bindings.add(labels, 'INTEGER[]')}))`;
  return [isMeant];
}

function contentConditions(filter: ImageFilter, { words }: Terms, bindings: Bindings): Conditions['content'] {
  const { baseOsName, baseOsVersion, fileName, filePath } = filter;
  const conditions: Conditions['content'] = [];
  const os = Object.entries({ name: baseOsName, version: baseOsVersion })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([column, word]) => `${column} = ${bindings.add(words.baseOs.find(fold(word)), 'INTEGER')}`);
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

/**
 * The rows in question as a table `m`: `known` where an image matches, false where it only might, since each condition
 * on content holds or may hold by now. Made once, unless each use is to read only the columns that it needs.
 */
export function matching({ plain, content }: Conditions, columns: string, isMadeOnce = true): string {
  const where = plain.join(' AND ');
  if (content.length === 0)
    return `m AS ${isMadeOnce ? '' : 'NOT '}MATERIALIZED (SELECT ${columns}, true AS known FROM images i WHERE ${where})`;
  const parts = content.map(({ matches }, index) => `${matches} AS known${index}`).join(', ');
  const known = content.map((_, index) => `known${index}`).join(' AND ');
  const possible = content.map(({ open }, index) => `(known${index} OR ${open})`).join(' AND ');
  return `m AS MATERIALIZED (SELECT ${columns}, ${known} AS known
    FROM (SELECT i.*, ${parts} FROM images i WHERE ${where}) i WHERE ${possible})`;
}
