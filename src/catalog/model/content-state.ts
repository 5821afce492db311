import type { Scan } from '../../domain/scan.js';
import type { ReadContent } from './documents.js';

/**
 * Whether the content contains the image's last scan. Times are RFC 3339 in UTC of one length, so they compare as
 * text.
 */
export function isCurrent(content: Pick<ReadContent<unknown>, 'scannedUntil'> | null, scan: Scan): boolean {
  if (content === null) return false;
  if (scan.scannedAt === null) return true;
  return content.scannedUntil !== null && content.scannedUntil >= scan.scannedAt;
}
