/**
 * What a consumer with namespaces sees of an image: its registry rows in these namespaces, and nothing that other rows
 * tell. Everything that answers such a consumer is made from these documents, by the functions that make all answers.
 */
import { noFindingCounts } from '../../domain/finding-counts.js';
import type { Namespaces } from '../../domain/namespaces.js';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';
import { contentSource } from './content-source.js';
import type { HostRecord, ImageDocument } from './documents.js';

/** Whether the consumer sees a registry row. Null: a consumer that sees all rows. */
export function seesRow(
  namespaces: Namespaces | null,
  { registry, namespace }: Pick<RegistryImageRow, 'registry' | 'namespace'>,
): boolean {
  return namespaces === null || namespaces.sees({ registryName: registry.name, namespace });
}

/** @returns undefined unless the consumer sees a registry row of the image. Images on hosts only are not seen. */
export function seenDocument(document: ImageDocument, namespaces: Namespaces): ImageDocument | undefined {
  const entries = document.entries.filter(({ row }) => seesRow(namespaces, row));
  if (entries.length === 0) return undefined;
  return { ...document, ...partSeen(document, entries), onHosts: document.onHosts.map(hostOnly) };
}

/** The image as these registry rows alone tell it, with the time at which the first of them appeared. */
export function partSeen(
  { appearedAt }: Pick<ImageDocument, 'appearedAt'>,
  entries: ImageDocument['entries'],
): Pick<ImageDocument, 'entries' | 'appearedAt'> {
  return { entries, appearedAt: Math.min(...entries.map((entry) => entry.appearedAt ?? appearedAt)) };
}

/**
 * The content, where HSS tells it for a row that is seen. Otherwise it was read for a row of another namespace.
 * @param document as it is seen.
 */
export function seenContent<Content>(
  document: Pick<ImageDocument, 'entries'>,
  content: Content,
): Content | undefined {
  return contentSource(document) ? content : undefined;
}

/** A local row tells on which host the image is, and nothing of the image itself. */
function hostOnly(record: HostRecord): HostRecord {
  const { scan, updatedAt } = record.row;
  const row: HostRecord['row'] = {
    ...record.row,
    sizeBytes: null,
    // Answers do not show this time. The newest row of a host names the host, and that for all consumers alike.
    updatedAt: scan.scannedAt ?? updatedAt,
    severity: null,
    scan: { status: null, scannedAt: null, failure: null },
    findingCounts: noFindingCounts,
    componentCount: null,
    notScannableReason: null,
  };
  return { ...record, row };
}
