import type { Scan } from '../../domain/scan.js';
import type { ReadContent } from './documents.js';

/** Whether HSS has scanned the image at least once and so knows content. */
export function isScanned(scan: Scan): boolean {
  return scan.scannedAt !== null || scan.status === 'completed';
}

/**
 * Whether the content contains the image's last scan. Times are RFC 3339 in UTC of one length, so they compare as
 * text.
 */
export function isCurrent(content: Pick<ReadContent<unknown>, 'scannedUntil'> | null, scan: Scan): boolean {
  if (content === null) return false;
  if (scan.scannedAt === null) return true;
  return content.scannedUntil !== null && content.scannedUntil >= scan.scannedAt;
}
