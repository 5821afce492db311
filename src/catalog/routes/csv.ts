import { stringify } from 'csv-stringify/sync';
import type { CatalogImage } from '../model/catalog-image.js';

type Cell = string | number | bigint | boolean | null;

/** The columns of the CSV export. Each cell has one value; the values of a list are joined with `; `. */
const columns: readonly [string, (image: CatalogImage) => Cell][] = [
  ['imageId', (image) => image.imageId],
  ['digest', (image) => image.digest],
  ['type', (image) => image.type],
  ['namespace', (image) => image.namespace],
  ['name', (image) => image.name],
  ['tag', (image) => image.tag],
  ['sizeBytes', (image) => image.sizeBytes],
  ['severity', (image) => image.severity],
  ['scanStatus', (image) => image.scan.status],
  ['scannedAt', (image) => image.scan.scannedAt],
  ['vulnerabilities', (image) => image.findingCounts.vulnerabilities],
  ['unsafeSettings', (image) => image.findingCounts.unsafeSettings],
  ['maliciousFiles', (image) => image.findingCounts.maliciousFiles],
  ['registryNames', ({ entries }) => joined(entries.map(({ registryName }) => registryName))],
  ['hosts', ({ hosts }) => hosts.total],
  ['hostsComplete', ({ hosts }) => hosts.complete],
  ['running', (image) => image.running],
  ['notScannableReason', (image) => image.notScannableReason],
  ['multiArch', (image) => image.multiArch],
  ['baseOs', ({ baseOs }) => baseOs && joined(baseOs.map(baseOsName))],
  ['files', ({ files }) => files && files.total],
  ['updatedAt', (image) => image.updatedAt],
  ['appearedAt', (image) => image.appearedAt],
];

/**
 * Images as CSV lines (RFC 4180), for the export. A cell that a spreadsheet would run as a formula gets a `'` in
 * front: it begins with `= + - @`, a tab or a carriage return. Image names come from outside and can contain any
 * text.
 */
export function csvRows(images: readonly CatalogImage[]): string {
  return csv(images.map((image) => columns.map(([, valueOf]) => asText(valueOf(image)))));
}

export function csvHeader(): string {
  return csv([columns.map(([name]) => name)]);
}

function csv(rows: readonly (readonly string[])[]): string {
  const delimiter = { record_delimiter: 'windows' } as const;
  // The library quotes cells with a whole line delimiter only, but many readers end a line at half a delimiter.
  return stringify([...rows], { ...delimiter, escape_formulas: true, quoted_match: /[\r\n]/ });
}

function asText(value: Cell): string {
  return value === null ? '' : String(value);
}

function joined(values: readonly (string | null)[]): string {
  return [...new Set(values.filter((value) => value !== null))].join('; ');
}

function baseOsName({
  osName,
  osVersion,
}: {
  osName: string | null;
  osVersion: string | null;
}): string | null {
  return [osName, osVersion].filter((word) => word !== null).join(' ') || null;
}
