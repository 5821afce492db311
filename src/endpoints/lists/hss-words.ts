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

/** A word that the service does not translate, such as the type of an image. */
export function word(value: unknown): string | null {
  return text(value)?.toLowerCase() ?? null;
}

function translate(words: ReadonlyMap<string, string>, value: unknown): string | null {
  const hssWord = word(value);
  return hssWord === null ? null : (words.get(hssWord) ?? hssWord);
}

/**
 * The known words that a filter accepts, with HSS's word for each. HSS accepts neither `download_failed` nor
 * `image_oversized`.
 */
const hssScanStatuses: Record<string, string> = {
  'not-scanned': 'unscan',
  waiting: 'waiting_for_scan',
  scanning: 'scanning',
  completed: 'success',
  failed: 'failed',
};
export const scanStatusFilters = Object.keys(hssScanStatuses);

const hssSeverities: Record<(typeof severities)[number], string> = {
  none: 'Security',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
};

/** HSS's word for a scan status in a filter. */
export function hssScanStatus(status: string | undefined): string | undefined {
  return status === undefined ? undefined : (hssScanStatuses[status] ?? status);
}

/** HSS's word for a severity in a filter. HSS begins its severities with a capital letter, so new words do too. */
export function hssSeverity(severity: string | undefined): string | undefined {
  if (severity === undefined) return undefined;
  const known = new Map<string, string>(Object.entries(hssSeverities)).get(severity);
  return known ?? severity.charAt(0).toUpperCase() + severity.slice(1);
}
