import { text } from './fields.js';

/**
 * The service's words for what HSS says in several ways. One set for filters and answers. A word of HSS that is
 * not known here passes through in lower case: new ones may appear at any time.
 */

/** `Security` is HSS's word for "assessed, no risk found". */
const severityOfHss = new Map([
  ['security', 'none'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
]);

const scanStatusOfHss = new Map([
  ['unscan', 'not-scanned'],
  ['waiting', 'waiting'], // in answers
  ['waiting_for_scan', 'waiting'], // in filters
  ['scanning', 'scanning'],
  ['success', 'completed'],
  ['failed', 'failed'],
  ['download_failed', 'download-failed'],
  ['image_oversized', 'oversized'],
]);

export function severity(value: unknown): string | null {
  return translate(severityOfHss, value);
}

export function scanStatus(value: unknown): string | null {
  return translate(scanStatusOfHss, value);
}

function translate(words: ReadonlyMap<string, string>, value: unknown): string | null {
  const word = text(value)?.toLowerCase() ?? null;
  return word === null ? null : (words.get(word) ?? word);
}

/** What a filter may say, with HSS's word for it. HSS takes neither `download_failed` nor `image_oversized`. */
export const scanStatusFilter: Record<string, string> = {
  'not-scanned': 'unscan',
  waiting: 'waiting_for_scan',
  scanning: 'scanning',
  completed: 'success',
  failed: 'failed',
};

export const severityFilter: Record<string, string> = {
  none: 'Security',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
};

/** How a scan of an image stands. */
export interface Scan {
  status: string | null;
  scannedAt: string | null;
  failure: { code: string | null; description: string | null } | null;
}

const unsettled = new Set<string | null>(['not-scanned', 'waiting', 'scanning']);

/** HSS has not finished scanning: what it knows of the image's content is not all there is. */
export function isUnsettled(scan: Scan): boolean {
  return unsettled.has(scan.status);
}

/** What is known of an image's scan without asking HSS; undefined when nothing is. */
export type ScanLookup = () => Promise<Scan | undefined>;
