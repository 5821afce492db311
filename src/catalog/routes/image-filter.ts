import { scanStatuses } from '../../domain/scan.js';
import { severities } from '../../domain/severity.js';
import { imageTypes } from '../../domain/words.js';
import type { FieldError } from '../../http/problem.js';
import { timeToMs } from '../../http/time.js';
import { invalid } from '../../http/validation.js';
import type { Asker } from '../model/asker.js';
import {
  asksForContent,
  wordFields,
  type FacetName,
  type ImageFilter,
  type Match,
  type Words,
} from '../model/catalog-query.js';
import type { CatalogReader } from '../model/reader.js';
import { readWords, writeWord } from './filter-words.js';
import type { ImageFilterQuery } from './image-filter.query.js';

/** Turns the parameters into a filter of the catalog. @throws Problem `invalid-request` for contradictory times. */
export function readFilter(query: ImageFilterQuery): ImageFilter {
  const errors: FieldError[] = [];
  const { any, none } = wordsOf(query);
  const filter: { [Name in keyof ImageFilter]?: ImageFilter[Name] | undefined } = {
    ...any,
    except: Object.keys(none).length > 0 ? none : undefined,
    imageId: query.imageId,
    vulnerabilities: count(query.vulnerabilitiesMin),
    unsafeSettings: count(query.unsafeSettingsMin),
    maliciousFiles: count(query.maliciousFilesMin),
    hostCount: count(query.hostsMin),
    hostId: query.hostId,
    hostName: query.hostName,
    hostText: query.hostQuery,
    inRegistry: flag(query.inRegistry),
    onHosts: flag(query.onHosts),
    running: flag(query.running),
    multiArch: flag(query.multiArch),
    fileName: query.fileName,
    filePath: query.filePath,
    ...range('updated', query.updatedAfter, query.updatedBefore, errors),
    ...range('scanned', query.scannedAfter, query.scannedBefore, errors),
    text: query.q,
  };
  if (errors.length > 0) throw invalid(...errors);
  // Only conditions of the request stay in the filter.
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/**
 * @throws Problem `invalid-request` for `unknown` without a filter on content: the match of every image is then
 * known.
 */
export function readMatch(match: string | undefined, filter: ImageFilter): Match {
  if (match === 'unknown' && !asksForContent(filter))
    throw invalid({ field: 'match', message: 'unknown needs a filter on the base OS or on files' });
  return match === 'unknown' ? 'unknown' : 'known';
}

/** The words that an image must have, and the words that it must not have. */
function wordsOf(query: ImageFilterQuery): { any: Words; none: Words } {
  const any: Words = {};
  const none: Words = {};
  for (const field of wordFields) {
    const text = query[field];
    // The DTO has checked the form.
    const given = text === undefined ? undefined : readWords(field, text);
    if (given && given.any.length > 0) any[field] = given.any;
    if (given && given.none.length > 0) none[field] = given.none;
  }
  return { any, none };
}

/** HSS's words of these fields are known, though HSS can add more. */
const enumerations = {
  severity: severities,
  scanStatus: scanStatuses,
  type: imageTypes,
} satisfies { [Field in FacetName]?: readonly string[] };
const closedFields = Object.keys(enumerations) as (keyof typeof enumerations)[];

/**
 * Checks words of which HSS has a set: a word is right when it is in the enumeration, or stands in this version of the
 * catalog. @throws Problem `invalid-request`.
 */
export async function checkWords(
  reader: Pick<CatalogReader, 'facets'>,
  filter: ImageFilter,
  version: number,
  asker: Asker,
): Promise<void> {
  const errors: FieldError[] = [];
  for (const field of closedFields) {
    const words: readonly string[] = enumerations[field];
    const isNew = (word: string | null): word is string => word !== null && !words.includes(word);
    const asked = [...(filter[field] ?? []), ...(filter.except?.[field] ?? [])].filter(isNew);
    if (asked.length === 0) continue;
    const there = (await reader.facets({}, [field], version, asker))[field] ?? [];
    const found = there.map(({ value }) => value).filter(isNew);
    if (asked.every((word) => found.includes(word))) continue;
    const allowed = [...words, ...found].map((word) => writeWord(field, word));
    errors.push({ field, message: `must be words of ${[...allowed, writeWord(field, null)].join(', ')}` });
  }
  if (errors.length > 0) throw invalid(...errors);
}

function count(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function flag(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}

function range<Field extends 'updated' | 'scanned'>(
  field: Field,
  after: string | undefined,
  before: string | undefined,
  errors: FieldError[],
): { [Name in `${Field}After` | `${Field}Before`]?: number | undefined } {
  // The DTO has checked that both texts are times.
  const [start, end] = [after, before].map((text) => (text === undefined ? undefined : timeToMs(text)));
  if (start !== undefined && end !== undefined && start >= end)
    errors.push({ field: `${field}After`, message: `must be before ${field}Before` });
  return { [`${field}After`]: exact(start), [`${field}Before`]: exact(end) } as {
    [Name in `${Field}After` | `${Field}Before`]?: number | undefined;
  };
}

/** The time as a number that holds every digit. Times of images end with the year 9999, far before the limit. */
function exact(ms: bigint | undefined): number | undefined {
  return ms === undefined ? undefined : Math.min(Number(ms), Number.MAX_SAFE_INTEGER);
}
