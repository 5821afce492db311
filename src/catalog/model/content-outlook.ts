import type { Scan } from '../../domain/scan.js';
import { contentSource, hasContentCoordinates } from './content-source.js';
import { isCurrent } from './content-state.js';
import type { ContentPart, ImageDocument, NotKnown, ReadContent, RegistryRecord } from './documents.js';
import { isUnreadRow } from './unread.js';

/**
 * What the catalog knows of one part of an image's content, and what can be expected where it knows nothing. Answers,
 * tables and the coverage use this rule.
 * - `known`: the part is known as of the last scan.
 * - `soon`: HSS knows the part, and the sync is going to read the part.
 * - `after-scan`: HSS can know the part only after a scan that succeeds.
 * - `never`: HSS has no answer, and nothing that the service can wait for will change this.
 */
export type ContentOutlook =
  | { status: 'known'; reason: null }
  | { status: 'soon'; reason: 'not-read' | 'scanned-again' }
  | { status: 'after-scan'; reason: 'not-scanned' | 'scan-failed' }
  | {
      status: 'never';
      reason: 'jfrog' | 'on-hosts-only' | 'not-scannable' | 'no-coordinates' | 'not-known-to-hss';
    };

/** The parts of a content, without their rows. */
export type ContentStates = Record<ContentPart, Pick<ReadContent<unknown>, 'scannedUntil'> | null> & {
  notKnown?: { [Part in ContentPart]?: Pick<NotKnown, 'scannedUntil'> };
};

const known: ContentOutlook = { status: 'known', reason: null };

/** @param scan the scan of the image, for an image whose content HSS cannot be asked for. */
export function contentOutlooks(
  document: Pick<ImageDocument, 'entries'>,
  scan: Scan,
  content: ContentStates | undefined,
): Record<ContentPart, ContentOutlook> {
  const source = contentSource(document);
  const of = (part: ContentPart): ContentOutlook => {
    const read = content?.[part] ?? null;
    if (isCurrent(read, source?.scan ?? scan)) return known;
    if (!source) return withoutSource(document.entries);
    if (isCurrent(content?.notKnown?.[part] ?? null, source.scan))
      return { status: 'never', reason: 'not-known-to-hss' };
    return { status: 'soon', reason: read ? 'scanned-again' : 'not-read' };
  };
  return { baseOs: of('baseOs'), files: of('files') };
}

/**
 * How a part counts in the coverage. Null: not at all, since HSS cannot be asked for the part, or does not know it.
 */
export function coverageOf(
  document: Pick<ImageDocument, 'entries'>,
  { status }: ContentOutlook,
): 'known' | 'missing' | null {
  if (status === 'never' || contentSource(document) === null) return null;
  return status === 'known' ? 'known' : 'missing';
}

/** The best that any entry promises. */
function withoutSource(entries: readonly RegistryRecord[]): ContentOutlook {
  const outlooks = entries.map(outlookOfEntry);
  const [first = { status: 'never', reason: 'on-hosts-only' } as const] = outlooks;
  const promised = (['soon', 'after-scan'] as const).flatMap(
    (wanted) => outlooks.find(({ status }) => status === wanted) ?? [],
  );
  return promised[0] ?? first;
}

function outlookOfEntry(entry: RegistryRecord): ContentOutlook {
  const { type, scannable, scan } = entry.row;
  if (type === 'jfrog') return { status: 'never', reason: 'jfrog' };
  if (!hasContentCoordinates(entry)) return { status: 'never', reason: 'no-coordinates' };
  // A purge has made the scan unknown. The sync reads the row again, and then the content.
  if (isUnreadRow(entry)) return { status: 'soon', reason: 'not-read' };
  if (scannable === false || scan.status === 'oversized') return { status: 'never', reason: 'not-scannable' };
  const hasFailed = scan.status === 'failed' || scan.status === 'download-failed';
  return { status: 'after-scan', reason: hasFailed ? 'scan-failed' : 'not-scanned' };
}
