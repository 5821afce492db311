import { isDigest } from '../../endpoints/lists/image-coordinates.js';
import type { Scan } from '../../endpoints/lists/words.js';
import type { ImageDocument, ReadContent, RegistryRecord } from './documents.js';

/** HSS has looked into the image at least once, so it knows of content. */
export function isScanned(scan: Scan): boolean {
  return scan.scannedAt !== null || scan.status === 'completed';
}

/** What was read holds the image's last scan. Times are RFC 3339 in UTC of one length, so they compare as text. */
export function isCurrent(content: Pick<ReadContent<unknown>, 'scannedUntil'> | null, scan: Scan): boolean {
  if (content === null) return false;
  if (scan.scannedAt === null) return true;
  return content.scannedUntil !== null && content.scannedUntil >= scan.scannedAt;
}

const typesWithContent = new Set(['private_image', 'shared_image', 'instance_image', 'cicd', 'harbor']);

/** HSS tells the content of images in registries only, and only by all of their coordinates. */
export function isAskable(document: Pick<ImageDocument, 'entries'>): boolean {
  return document.entries.some(hasCoordinates);
}

function hasCoordinates({ row }: RegistryRecord): boolean {
  const { type, namespace, name, tag, imageId, digest } = row;
  if (type === null || !typesWithContent.has(type)) return false;
  if (imageId === null && (digest === null || !isDigest(digest))) return false;
  return type === 'cicd' || (namespace !== null && name !== null && tag !== null);
}
