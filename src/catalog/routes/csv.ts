import { stringify } from 'csv-stringify/sync';
import { wholePathOf } from '../../endpoints/image-files/image-file.row.js';
import type { HostedImage, MatchingImage } from '../model/reader.js';

type Cell = string | number | bigint | boolean | null;

/** The columns of a CSV export. Each cell has one value; the values of a list are joined with `; `. */
export type Columns<Row> = readonly [string, (row: Row) => Cell][];

const namesAndRisk: Columns<MatchingImage> = [
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
];

/** Only an export with a filter on files has this column. */
const matchedFiles: Columns<MatchingImage> = [
  ['matchedFiles', (image) => joined(image.matchedFiles?.map(wholePathOf) ?? [])],
];

const others: Columns<MatchingImage> = [
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
  ['baseOsStatus', ({ content }) => content.baseOs.status],
  ['baseOsReason', ({ content }) => content.baseOs.reason],
  ['filesStatus', ({ content }) => content.files.status],
  ['filesReason', ({ content }) => content.files.reason],
];

/** @param withFiles whether the question has a filter on files. */
export function columnsOfImages(withFiles: boolean): Columns<MatchingImage> {
  return [...namesAndRisk, ...others, ...(withFiles ? matchedFiles : [])];
}

export function columnsOfHosts(withFiles: boolean): Columns<HostedImage> {
  const ofImage = [...namesAndRisk, ...(withFiles ? matchedFiles : [])];
  return [
    ['hostId', ({ hostId }) => hostId],
    ['hostName', ({ hostName }) => hostName],
    ['agentId', ({ agentId }) => agentId],
    ['containerCount', ({ containerCount }) => containerCount],
    ...ofImage.map(([name, valueOf]): Columns<HostedImage>[number] => [name, ({ image }) => valueOf(image)]),
  ];
}

/**
 * Rows as CSV lines (RFC 4180), for an export. A cell that a spreadsheet would run as a formula gets a `'` in
 * front: it begins with `= + - @`, a tab or a carriage return. Image names come from outside and can contain any
 * text.
 */
export function csvRows<Row>(rows: readonly Row[], columns: Columns<Row>): string {
  return csv(rows.map((row) => columns.map(([, valueOf]) => asText(valueOf(row)))));
}

export function csvHeader<Row>(columns: Columns<Row>): string {
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
