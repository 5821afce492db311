import { groupHosts, hostKey, type HostGroup } from '../../domain/host-identity.js';
import { findingsOf, worstRows, type Findings } from '../../domain/findings.js';
import { newestFirst, scanOfCopies, type Scan } from '../../domain/scan.js';
import { addIntegers, type Integer } from '../../json/lossless.js';
import type { RegistryImageVariant } from '../../endpoints/registry-images/registry-image.row.js';
import { contentOutlooks } from './content-outlook.js';
import type { CatalogEntry, CatalogHost, CatalogImage, Disagreement, Origin } from './catalog-image.js';
import type { ContentDocument, HostRecord, ImageDocument, RegistryRecord } from './documents.js';

/** A row that tells something of an image. */
type ImageRecord = RegistryRecord | HostRecord;

/**
 * The part of a ContentDocument that an answer shows. An image can have thousands of files: their number is enough.
 */
export interface ShownContent extends Pick<ContentDocument, 'baseOs' | 'notKnown'> {
  files: { rows: { length: number }; readAt: number; scannedUntil: string | null } | null;
}

/**
 * Makes the image that the catalog shows from the documents of HSS's rows. The index and the sync's events use this
 * function. Pure: it reads no clock and keeps nothing.
 */
export function derive(document: ImageDocument, content: ShownContent | undefined): CatalogImage {
  const entries = newestEntryFirst(document.entries);
  const local = newestCopyFirst(document.onHosts);
  const records: ImageRecord[] = [...entries, ...local];
  const [entry] = entries;
  const [onHost] = local;
  const flat = entry?.row ?? onHost?.row;
  const variants = entries.flatMap(({ row }) => row.variants);
  const worst = worstRows<FindingRow>([
    ...records.map(({ row }) => row),
    ...variants.map((variant) => ({ ...variant, severity: null })),
  ]);
  const { severity, findingCounts } = findingsOf(worst);
  const origin = (row: FindingRow | undefined) => (row ? originOf(row) : null);
  const scan = scanOf(entries, local);
  const hosts = hostsOf(local);
  return {
    imageId: flat?.imageId ?? null,
    digest: flat?.digest ?? null,
    type: entry?.row.type ?? null,
    namespace: entry?.row.namespace ?? null,
    name: flat?.name ?? null,
    tag: flat?.tag ?? null,
    sizeBytes: records.find(({ row }) => row.sizeBytes !== null)?.row.sizeBytes ?? null,
    severity,
    scan,
    findingCounts,
    origins: {
      severity: origin(worst.severity),
      vulnerabilities: origin(worst.vulnerabilities),
      unsafeSettings: origin(worst.unsafeSettings),
      maliciousFiles: origin(worst.maliciousFiles),
    },
    entries: entries.map(toEntry),
    variantOf: entries.find(({ variantOf }) => variantOf !== null)?.variantOf ?? null,
    variants,
    multiArch: entries.some(({ row }) => row.multiArch === true || row.variants.length > 0),
    hosts,
    running: local.some(({ row }) => (row.containerCount ?? 0) > 0),
    notScannableReason:
      local.find(({ row }) => row.notScannableReason !== null)?.row.notScannableReason ?? null,
    updatedAt: flat?.updatedAt ?? null,
    appearedAt: new Date(document.appearedAt).toISOString(),
    baseOs: content?.baseOs?.rows ?? null,
    files: content?.files
      ? { total: content.files.rows.length, readAt: new Date(content.files.readAt).toISOString() }
      : null,
    content: contentOutlooks(document, scan, content),
    disagreements: disagreementsOf(records),
  };
}

/** The order of entries in an answer: the flat fields of the image come from the first one. */
export function newestEntryFirst(entries: readonly RegistryRecord[]): RegistryRecord[] {
  return [...entries].sort(
    (a, b) =>
      Number(a.variantOf !== null) - Number(b.variantOf !== null) ||
      newestFirst(a.row, b.row) ||
      order(a.rowKey, b.rowKey),
  );
}

/** A row that tells findings of an image. HSS tells no severity of an architecture. */
type FindingRow = ImageRecord['row'] | (RegistryImageVariant & Findings);

function originOf(row: FindingRow): Origin {
  if ('entryId' in row) return { source: 'registry', entryId: row.entryId, hostId: null };
  return { source: 'host', entryId: null, hostId: row.host?.hostId ?? null };
}

function toEntry({ row }: RegistryRecord): CatalogEntry {
  return {
    entryId: row.entryId,
    registryName: row.registry.name,
    type: row.type,
    namespace: row.namespace,
    name: row.name,
    tag: row.tag,
    severity: row.severity,
    scan: row.scan,
    findingCounts: row.findingCounts,
    latestVersion: row.latestVersion,
    updatedAt: row.updatedAt,
    syncedAt: row.syncedAt,
  };
}

function newestCopyFirst(onHosts: readonly HostRecord[]): HostRecord[] {
  return [...onHosts].sort((a, b) => newestFirst(a.row, b.row) || order(a.rowKey, b.rowKey));
}

/**
 * The scan that an image shows. HSS scans the copies on hosts on their own, and has content of the registry's scans
 * alone. So the scans on hosts count only for an image that no registry has.
 */
function scanOf(entries: readonly RegistryRecord[], local: readonly HostRecord[]): Scan {
  const copies: readonly ImageRecord[] = entries.length > 0 ? entries : local;
  const scan = scanOfCopies(copies.map(({ row }) => row.scan));
  return scan ?? { status: null, scannedAt: null, failure: null };
}

/** A host that has the image under two names is one host: its containers add up. */
function hostsOf(local: readonly HostRecord[]): CatalogImage['hosts'] {
  const groups = groupHosts(local.map(({ row }) => row.host));
  const hosts = groups.map(({ host: { hostId, name, agentId }, members }): CatalogHost => {
    const rows = members.flatMap((at) => local[at]?.row ?? []);
    const containerCount = rows.reduce<Integer | null>(
      (all, row) => addIntegers(all, row.containerCount),
      null,
    );
    const matchedBy = rows.some(({ digest }) => digest !== null) ? 'digest' : 'name';
    return { hostId, name, agentId, containerCount, matchedBy };
  });
  const items = hosts.sort(byHost);
  const names = namesOf(local, groups);
  // One host may have the image under several names, so the counts of the names do not add up.
  const total = Math.max(items.length, ...names.map(({ counted }) => counted));
  return {
    items,
    total,
    complete: names.every(({ hosts: known, counted }) => known >= counted) && !isOnUnnamedHost(local),
  };
}

/** A row that neither names a host nor tells the number of hosts stands for a host that is not known. */
function isOnUnnamedHost(local: readonly HostRecord[]): boolean {
  return local.some(({ row }) => row.host === null && row.hostCount === null);
}

/** The hosts of local rows in any order. */
export function hostsIn(onHosts: readonly HostRecord[]): CatalogImage['hosts'] {
  return hostsOf(newestCopyFirst(onHosts));
}

/** The order of hosts in an answer. */
export function byHost(a: CatalogHost, b: CatalogHost): number {
  return order(hostKey(a) ?? '', hostKey(b) ?? '');
}

/** For each name of the image: the number of known hosts, and HSS's number of hosts. */
function namesOf(
  local: readonly HostRecord[],
  groups: readonly HostGroup[],
): { hosts: number; counted: number }[] {
  const hostAt: (HostGroup | undefined)[] = [];
  for (const group of groups) for (const at of group.members) hostAt[at] = group;
  const names = new Map<string, { hosts: Set<HostGroup>; counted: number }>();
  let last: { row: HostRecord['row']; name: { hosts: Set<HostGroup>; counted: number } } | undefined;
  for (const [at, { row }] of local.entries()) {
    // An image nearly always has one name. The key is built once, not for each of a thousand hosts.
    const isSame = last !== undefined && last.row.name === row.name && last.row.tag === row.tag;
    const key = isSame ? '' : `${row.name}:${row.tag}`;
    const name = (isSame ? last?.name : names.get(key)) ?? { hosts: new Set<HostGroup>(), counted: 0 };
    if (!isSame) names.set(key, name);
    last = { row, name };
    // HSS can tell any int64, and the tables of the catalog hold no larger number than that.
    const counted = Math.min(Number(row.hostCount ?? 0), Number.MAX_SAFE_INTEGER);
    name.counted = Math.max(name.counted, counted);
    const host = hostAt[at];
    if (host) name.hosts.add(host);
  }
  return [...names.values()].map(({ hosts, counted }) => ({ hosts: hosts.size, counted }));
}

const comparedFields: [Disagreement['field'], (row: ImageRecord['row']) => string | Integer | null][] = [
  ['severity', ({ severity }) => severity],
  ['scanStatus', ({ scan }) => scan.status],
  ['vulnerabilities', ({ findingCounts }) => findingCounts.vulnerabilities],
  ['unsafeSettings', ({ findingCounts }) => findingCounts.unsafeSettings],
  ['maliciousFiles', ({ findingCounts }) => findingCounts.maliciousFiles],
  ['sizeBytes', ({ sizeBytes }) => sizeBytes],
];

function disagreementsOf(records: readonly ImageRecord[]): Disagreement[] {
  const disagreements: Disagreement[] = [];
  for (const [field, valueOf] of comparedFields) {
    // Only the first row with each value counts: a thousand hosts that agree are no disagreement.
    const values: Disagreement['values'] = [];
    for (const record of records) {
      const value = valueOf(record.row);
      if (value === null || values.some((known) => known.value === value)) continue;
      values.push({ value, origin: originOf(record.row) });
    }
    if (values.length > 1) disagreements.push({ field, values });
  }
  return disagreements;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
