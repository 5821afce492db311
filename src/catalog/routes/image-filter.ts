import type { FieldError } from '../../http/problem.js';
import { timeToMs } from '../../http/time.js';
import { invalid } from '../../http/validation.js';
import { asksForContent, type ImageFilter, type Match } from '../model/catalog-query.js';
import { unknownWord, type ImageFilterQuery } from './image-filter.query.js';

/** Turns the parameters into a filter of the catalog. @throws Problem `invalid-request` for contradictory times. */
export function readFilter(query: ImageFilterQuery): ImageFilter {
  const errors: FieldError[] = [];
  const filter: { [Name in keyof ImageFilter]?: ImageFilter[Name] | undefined } = {
    imageId: query.imageId,
    severity: words(query.severity),
    scanStatus: words(query.scanStatus),
    vulnerabilities: count(query.vulnerabilitiesMin),
    unsafeSettings: count(query.unsafeSettingsMin),
    maliciousFiles: count(query.maliciousFilesMin),
    hostCount: count(query.hostsMin),
    namespace: query.namespace,
    name: query.name,
    tag: query.tag,
    registryName: query.registryName,
    type: query.type,
    hostId: query.hostId,
    hostName: query.hostName,
    onHosts: flag(query.onHosts),
    running: flag(query.running),
    multiArch: flag(query.multiArch),
    baseOsName: query.baseOsName,
    baseOsVersion: query.baseOsVersion,
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

function words(list: string | undefined): (string | null)[] | undefined {
  return list?.split(',').map((word) => (word === unknownWord ? null : word));
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
  const [start, end] = [after, before].map((text) =>
    text === undefined ? undefined : Number(timeToMs(text)),
  );
  if (start !== undefined && end !== undefined && start >= end)
    errors.push({ field: `${field}After`, message: `must be before ${field}Before` });
  return { [`${field}After`]: start, [`${field}Before`]: end } as {
    [Name in `${Field}After` | `${Field}Before`]?: number | undefined;
  };
}
