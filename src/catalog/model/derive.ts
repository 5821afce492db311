import type { FindingCounts } from '../../endpoints/lists/fields.js';
import type { BaseImageRow } from '../../endpoints/base-images/base-image.row.js';
import type { Scan } from '../../endpoints/lists/words.js';
import type {
  RegistryImage,
  RegistryImageVariant,
} from '../../endpoints/registry-images/registry-image.row.js';
import type { Integer } from '../../json/lossless.js';
import type { HostRecord, ImageDocument, ReadContent, RegistryRecord } from './documents.js';

/** Where a value was read: a registry entry, or a local row and its host. */
export interface Origin {
  source: 'registry' | 'host';
  entryId: string | null;
  hostId: string | null;
}

/** One registry entry of an image. */
export interface CatalogEntry {
  entryId: string | null;
  registryName: string | null;
  type: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
  severity: string | null;
  scan: Scan;
  findingCounts: FindingCounts;
  latestVersion: boolean | null;
  updatedAt: string | null;
  syncedAt: string | null;
}

export interface CatalogHost {
  hostId: string | null;
  name: string | null;
  agentId: string | null;
  containerCount: Integer | null;
  matchedBy: 'digest' | 'name';
}

/** What sources say differently of one image. */
export interface Disagreement {
  field: 'severity' | 'scanStatus' | keyof FindingCounts | 'sizeBytes';
  values: { value: string | Integer; origin: Origin }[];
}

/** One image as the catalog answers: flat fields of its newest registry entry (else local row), the worst of what is said. */
export interface CatalogImage extends Omit<RegistryImage, 'entries'> {
  /** Who said the worst; null where nobody said anything. */
  origins: Record<'severity' | keyof FindingCounts, Origin | null>;
  entries: CatalogEntry[];
  /** The digest of the multi-architecture image that this is one architecture of. */
  variantOf: string | null;
  variants: RegistryImageVariant[];
  multiArch: boolean;
  /** `total`: as many as are known, or as HSS counts where that is more; `complete`: all of them are known. */
  hosts: { items: CatalogHost[]; total: number; complete: boolean };
  running: boolean;
  updatedAt: string | null;
  appearedAt: string;
  baseOs: BaseImageRow[] | null;
  files: { total: number; readAt: string } | null;
  disagreements: Disagreement[];
}

const severities = ['none', 'low', 'medium', 'high'];

/** Of words HSS may add one day it is not known how bad they are: worse than none of the known. -1 for null. */
export function severityRank(severity: string | null): number {
  return severity === null ? -1 : severities.indexOf(severity) + 1;
}

interface Said {
  origin: Origin;
  severity: string | null;
  scan: Scan;
  findingCounts: FindingCounts;
  sizeBytes: Integer | null;
}

/** Of a ContentDocument what is shown: of thousands of files the number is enough. */
export interface ShownContent {
  baseOs: Pick<ReadContent<BaseImageRow>, 'rows'> | null;
  files: { rows: { length: number }; readAt: number } | null;
}

/** Pure. */
export function derive(document: ImageDocument, content: ShownContent | undefined): CatalogImage {
  const entries = [...document.entries].sort(
    (a, b) =>
      Number(a.variantOf !== null) - Number(b.variantOf !== null) ||
      newestFirst(a.row, b.row) ||
      order(a.rowKey, b.rowKey),
  );
  const local = [...document.onHosts].sort((a, b) => newestFirst(a.row, b.row) || order(a.rowKey, b.rowKey));
  const said = [...entries.map(ofRegistry), ...local.map(ofHost)];
  const [entry] = entries;
  const [onHost] = local;
  const flat = entry?.row ?? onHost?.row;
  const counts = (name: keyof FindingCounts) => most(said, ({ findingCounts }) => findingCounts[name]);
  const [severity, vulnerabilities, unsafeSettings, maliciousFiles] = [
    most(said, (one) => (one.severity === null ? null : severityRank(one.severity))),
    counts('vulnerabilities'),
    counts('unsafeSettings'),
    counts('maliciousFiles'),
  ];
  const hosts = hostsOf(local);
  return {
    imageId: flat?.imageId ?? null,
    digest: flat?.digest ?? null,
    type: entry?.row.type ?? null,
    namespace: entry?.row.namespace ?? null,
    name: flat?.name ?? null,
    tag: flat?.tag ?? null,
    sizeBytes: said.find(({ sizeBytes }) => sizeBytes !== null)?.sizeBytes ?? null,
    severity: severity?.by.severity ?? null,
    scan: scanOf(said),
    findingCounts: {
      vulnerabilities: vulnerabilities?.value ?? null,
      unsafeSettings: unsafeSettings?.value ?? null,
      maliciousFiles: maliciousFiles?.value ?? null,
    },
    origins: {
      severity: severity?.by.origin ?? null,
      vulnerabilities: vulnerabilities?.by.origin ?? null,
      unsafeSettings: unsafeSettings?.by.origin ?? null,
      maliciousFiles: maliciousFiles?.by.origin ?? null,
    },
    entries: entries.map(toEntry),
    variantOf: entries.find(({ variantOf }) => variantOf !== null)?.variantOf ?? null,
    variants: entries.flatMap(({ row }) => row.variants),
    multiArch: entries.some(({ row }) => row.multiArch === true || row.variants.length > 0),
    hosts,
    running: local.some(({ row }) => (row.containerCount ?? 0) > 0),
    updatedAt: flat?.updatedAt ?? null,
    appearedAt: new Date(document.appearedAt).toISOString(),
    baseOs: content?.baseOs?.rows ?? null,
    files: content?.files
      ? { total: content.files.rows.length, readAt: new Date(content.files.readAt).toISOString() }
      : null,
    disagreements: disagreementsOf(said),
  };
}

function ofRegistry({ row }: RegistryRecord): Said {
  return saidBy(row, { source: 'registry', entryId: row.entryId, hostId: null });
}

function ofHost({ row }: HostRecord): Said {
  return saidBy(row, { source: 'host', entryId: null, hostId: row.host?.hostId ?? null });
}

function saidBy({ severity, scan, findingCounts, sizeBytes }: Omit<Said, 'origin'>, origin: Origin): Said {
  return { origin, severity, scan, findingCounts, sizeBytes };
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

/** The largest value and who says so; undefined when nobody says anything. */
function most(
  said: readonly Said[],
  valueOf: (one: Said) => Integer | null,
): { value: Integer; by: Said } | undefined {
  let found: { value: Integer; by: Said } | undefined;
  for (const by of said) {
    const value = valueOf(by);
    if (value !== null && (found === undefined || value > found.value)) found = { value, by };
  }
  return found;
}

/** Of the newest scan; of an image never scanned, what the first source says. */
function scanOf(said: readonly Said[]): Scan {
  const newest = said.reduce<Said | undefined>(
    (a, b) => (a === undefined || (b.scan.scannedAt ?? '') > (a.scan.scannedAt ?? '') ? b : a),
    undefined,
  );
  return newest?.scan ?? { status: null, scannedAt: null, failure: null };
}

/** A host that has the image under two names is one host. */
function hostsOf(local: readonly HostRecord[]): CatalogImage['hosts'] {
  const hosts = new Map<string, CatalogHost>();
  const known = new Map<string, { hosts: Set<string>; counted: number }>();
  let last: { row: HostRecord['row']; group: { hosts: Set<string>; counted: number } } | undefined;
  for (const { row } of local) {
    // Nearly always one name: it is put together once, not for each of a thousand hosts.
    const isSame = last !== undefined && last.row.name === row.name && last.row.tag === row.tag;
    const name = isSame ? '' : `${row.name}:${row.tag}`;
    const group = (isSame ? last?.group : known.get(name)) ?? { hosts: new Set<string>(), counted: 0 };
    if (!isSame) known.set(name, group);
    last = { row, group };
    group.counted = Math.max(group.counted, Number(row.hostCount ?? 0));
    const id = row.host?.hostId ?? row.host?.agentId ?? row.host?.name;
    if (!row.host || id == null) continue;
    group.hosts.add(id);
    const before = hosts.get(id);
    hosts.set(id, {
      ...row.host,
      containerCount: sum(before?.containerCount ?? null, row.containerCount),
      matchedBy: row.digest === null ? 'name' : 'digest',
    });
  }
  const complete = [...known.values()].every((group) => group.hosts.size >= group.counted);
  const items = [...hosts].sort(([a], [b]) => order(a, b)).map(([, host]) => host);
  // One host may have the image under several names, so the counts of the names do not add up.
  const total = Math.max(items.length, ...[...known.values()].map(({ counted }) => counted));
  return { items, total, complete };
}

function disagreementsOf(said: readonly Said[]): Disagreement[] {
  const fields: [Disagreement['field'], (one: Said) => string | Integer | null][] = [
    ['severity', (one) => one.severity],
    ['scanStatus', (one) => one.scan.status],
    ['vulnerabilities', (one) => one.findingCounts.vulnerabilities],
    ['unsafeSettings', (one) => one.findingCounts.unsafeSettings],
    ['maliciousFiles', (one) => one.findingCounts.maliciousFiles],
    ['sizeBytes', (one) => one.sizeBytes],
  ];
  return fields.flatMap(([field, valueOf]) => {
    // One voice for each value: a thousand hosts that agree are no news.
    const values = new Map<string | Integer, Origin>();
    for (const one of said) {
      const value = valueOf(one);
      if (value !== null && !values.has(value)) values.set(value, one.origin);
    }
    if (values.size < 2) return [];
    return [{ field, values: [...values].map(([value, origin]) => ({ value, origin })) }];
  });
}

function sum(a: Integer | null, b: Integer | null): Integer | null {
  if (a === null || b === null) return a ?? b;
  return typeof a === 'number' && typeof b === 'number' ? a + b : BigInt(a) + BigInt(b);
}

function newestFirst(
  a: { updatedAt: string | null; scan: Scan },
  b: { updatedAt: string | null; scan: Scan },
): number {
  return order(b.scan.scannedAt ?? b.updatedAt ?? '', a.scan.scannedAt ?? a.updatedAt ?? '');
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
