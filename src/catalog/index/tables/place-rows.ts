import { hash } from 'node:crypto';
import { severityRank } from '../../../domain/severity.js';
import { scanRank } from '../../../domain/scan.js';
import type { ImagePlace } from '../documents/image-places.js';
import type { Vocabulary } from '../words/vocabulary.js';
import { wallTimeMs } from './image-row.js';
import type { Cell, TableWriter } from './table-writer.js';

// Writes the places of one state of an image into the table `places`. Where a consumer sees several places of one image,
// a query takes the value of the place with the largest order: the order that `derive` has for rows of one image.

/** Larger than every position that counts when rows are otherwise equal. */
const positions = 1_000;
/** More than any wall time in ms. */
const times = 1_000_000_000_000_000n;

export function writePlaces(
  writer: TableWriter,
  { combinations }: Vocabulary,
  { num, key }: { num: number; key: string },
  places: readonly ImagePlace[],
): void {
  const serial = serialSeen(key);
  for (const place of places) {
    const { registryName, type, namespace, image, outlooks, sourceOrder, appearedAt, at } = place;
    const { severity, scan, findingCounts } = image;
    const scannedAt = wallTimeMs(scan.scannedAt);
    writer.append(
      'places',
      num,
      combinations.placeOf({ registryName, type, namespace }),
      places.length === 1,
      serial,
      at.first,
      combinations.numberOfAll({ severity }),
      severityRank(severity) * positions - Math.min(at.severity, positions - 1),
      severity === null ? null : severityRank(severity),
      combinations.numberOfAll({ scanStatus: scan.status }),
      scanOrder(scanRank(scan), scannedAt, at.scan),
      scannedAt,
      findingCounts.vulnerabilities,
      findingCounts.unsafeSettings,
      findingCounts.maliciousFiles,
      image.multiArch,
      wallTimeMs(image.updatedAt),
      image.sizeBytes,
      at.size,
      image.name,
      outlooks.baseOs.status !== 'known',
      outlooks.files.status !== 'known',
      sourceOrder,
      appearedAt,
    );
  }
}

/** A number that the key of the image alone decides: 52 bits, so that a number of JavaScript holds it. */
export function serialSeen(key: string): number {
  return Number.parseInt(hash('sha256', key).slice(0, 13), 16);
}

/** The scan that has got furthest, then the newest one, then the first one. */
function scanOrder(rank: number, scannedAt: Cell, position: number): bigint {
  const time = scannedAt === null ? 0n : BigInt(scannedAt) + 1n;
  return (BigInt(rank) * times + time) * BigInt(positions) - BigInt(Math.min(position, positions - 1));
}
