/**
 * The scan of an image by HSS: statuses, and the rules that depend on the scan. Endpoints, catalog and merged
 * answers use this file.
 */

/** The known statuses of a scan. HSS can add words: an answer passes them through. */
export const scanStatuses = [
  'not-scanned',
  'waiting',
  'scanning',
  'completed',
  'failed',
  'download-failed',
  'oversized',
] as const;
export type ScanStatus = (typeof scanStatuses)[number];

/** The state of HSS's scan of one image. */
export interface Scan {
  status: string | null;
  /** RFC 3339 in UTC, always of one length: times compare as text. */
  scannedAt: string | null;
  failure: { code: string | null; description: string | null } | null;
}

const ended: ReadonlySet<string> = new Set(['completed', 'failed', 'download-failed', 'oversized']);

/**
 * HSS has not finished scanning: more content of the image can come. The meaning of a word that HSS has added is not
 * known, so such a scan never counts as finished.
 */
export function isUnsettled({ status }: Scan): boolean {
  return status !== null && !ended.has(status);
}

/** How far a scan has got. Words that HSS adds stand beside the scans that ended without a result. */
const progress = new Map<string | null, number>([
  [null, 0],
  ['not-scanned', 1],
  ['waiting', 2],
  ['scanning', 3],
  ['completed', 5],
]);
const endedWithoutResult = 4;

export function scanRank({ status }: Scan): number {
  return progress.get(status) ?? endedWithoutResult;
}

/**
 * The scan of an image that has several copies. One digest is one content, so a completed scan of one copy speaks for
 * the others: the newest completed scan, or else the scan that has got furthest.
 * @returns undefined without copies.
 */
export function scanOfCopies(scans: readonly Scan[]): Scan | undefined {
  let found: Scan | undefined;
  for (const scan of scans) {
    const ahead = found === undefined ? 1 : scanRank(scan) - scanRank(found);
    if (ahead > 0 || (ahead === 0 && (scan.scannedAt ?? '') > (found?.scannedAt ?? ''))) found = scan;
  }
  return found;
}

/** The scan of an image as far as it is known without a call of HSS; undefined when nothing is known. */
export type ScanLookup = () => Promise<Scan | undefined>;

interface Dated {
  scan: Scan;
  updatedAt?: string | null;
}

/** Orders rows by their last scan, or by their last update where no scan is known. The newest row comes first. */
export function newestFirst(a: Dated, b: Dated): number {
  const [timeOfA, timeOfB] = [a, b].map(({ scan, updatedAt }) => scan.scannedAt ?? updatedAt ?? '') as [
    string,
    string,
  ];
  return timeOfA < timeOfB ? 1 : timeOfA > timeOfB ? -1 : 0;
}
