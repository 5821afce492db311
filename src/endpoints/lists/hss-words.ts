import type { ScanStatus } from '../../domain/scan.js';
import type { severities } from '../../domain/severity.js';
import { text } from './fields.js';

/**
 * Translates between HSS's words and the service's words for severities and scan statuses. The endpoints use this
 * file for filters and for answers. HSS can add words at any time: an unknown word passes through in lower case.
 */

/** `Security` is HSS's word for "assessed, no risk found". */
const severityOfHss = new Map<string, (typeof severities)[number]>([
  ['security', 'none'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
]);

const scanStatusOfHss = new Map<string, ScanStatus>([
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

/**
 * The words that a filter accepts, with HSS's word for each. HSS accepts neither `download_failed` nor
 * `image_oversized`.
 */
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
