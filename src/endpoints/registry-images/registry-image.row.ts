/** Reads a raw row of ListRegistryImages. Never throws: a missing or unreadable field is null. */
import type { RawRow } from '../../hss/envelope.js';
import type { Integer } from '../../json/lossless.js';
import { findingCounts, flag, rows, text, time } from '../lists/fields.js';
import type { FindingCounts } from '../../domain/finding-counts.js';
import { scanStatus, word } from '../lists/hss-words.js';
import { readListedImage } from '../lists/listed-image.js';
import type { DocumentedFields } from '../lists/source-rows.js';
import type { Scan } from '../../domain/scan.js';

/** The place of an image in a registry. */
export interface RegistryEntry {
  entryId: string | null;
  registryName: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
}

/** An image in the form that the registry list and the merged answer share. */
export interface RegistryImage {
  imageId: string | null;
  digest: string | null;
  type: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
  sizeBytes: Integer | null;
  severity: string | null;
  scan: Scan;
  findingCounts: FindingCounts;
  entries: RegistryEntry[];
}

/** A row of ListRegistryImages. */
export interface RegistryImageRow extends RegistryImage {
  entryId: string | null;
  latestVersion: boolean | null;
  updatedAt: string | null;
  syncedAt: string | null;
  multiArch: boolean | null;
  scannable: boolean | null;
  /** Only for a shared image. */
  owner: string | null;
  sharedStatus: string | null;
  registry: { id: string | null; name: string | null; type: string | null };
  /** Only for an image in SWR's enterprise edition. */
  instance: { id: string | null; name: string | null; url: string | null };
  variants: RegistryImageVariant[];
}

/** One architecture of a multi-architecture image. */
export interface RegistryImageVariant {
  entryId: string | null;
  imageId: string | null;
  digest: string | null;
  type: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
  scanStatus: string | null;
  findingCounts: FindingCounts;
}

/** Every field of ListRegistryImages that HSS's documents or official SDKs name. */
export const registryImageFields: DocumentedFields = {
  own: [
    'id',
    'namespace',
    'image_name',
    'image_id',
    'image_digest',
    'image_version',
    'image_type',
    'registry_id',
    'registry_name',
    'registry_type',
    'latest_version',
    'scan_status',
    'scan_failed_code',
    'scan_failed_desc',
    'image_size',
    'latest_update_time',
    'latest_scan_time',
    'latest_sync_time',
    'vul_num',
    'unsafe_setting_num',
    'malicious_file_num',
    'domain_name',
    'shared_status',
    'scannable',
    'is_multiple_arch',
    'instance_name',
    'instance_id',
    'instance_url',
    'severity_level',
  ],
  nested: {
    association_images: [
      'id',
      'image_id',
      'image_name',
      'image_version',
      'image_type',
      'namespace',
      'image_digest',
      'scan_status',
      'vul_num',
      'unsafe_setting_num',
      'malicious_file_num',
    ],
  },
};

export function toRegistryImageRow(raw: RawRow): RegistryImageRow {
  const { imageId, digest, name, tag, sizeBytes, updatedAt, severity, ...found } = readListedImage(raw);
  const entryId = text(raw['id']);
  const namespace = text(raw['namespace']);
  const registryName = text(raw['registry_name']);
  return {
    imageId,
    digest,
    type: word(raw['image_type']),
    namespace,
    name,
    tag,
    sizeBytes,
    severity,
    scan: { status: found.scanStatus, scannedAt: found.scannedAt, failure: toFailure(raw) },
    findingCounts: found.findingCounts,
    entries: [{ entryId, registryName, namespace, name, tag }],
    entryId,
    latestVersion: flag(raw['latest_version']),
    updatedAt,
    syncedAt: time(raw['latest_sync_time']),
    multiArch: flag(raw['is_multiple_arch']),
    scannable: flag(raw['scannable']),
    owner: text(raw['domain_name']),
    sharedStatus: text(raw['shared_status']),
    registry: { id: text(raw['registry_id']), name: registryName, type: text(raw['registry_type']) },
    instance: {
      id: text(raw['instance_id']),
      name: text(raw['instance_name']),
      url: text(raw['instance_url']),
    },
    variants: rows(raw['association_images']).map(toVariant),
  };
}

function toFailure(raw: RawRow): Scan['failure'] {
  const code = text(raw['scan_failed_code']);
  const description = text(raw['scan_failed_desc']);
  return code === null && description === null ? null : { code, description };
}

function toVariant(raw: RawRow): RegistryImageVariant {
  return {
    entryId: text(raw['id']),
    imageId: text(raw['image_id']),
    digest: text(raw['image_digest']),
    type: word(raw['image_type']),
    namespace: text(raw['namespace']),
    name: text(raw['image_name']),
    tag: text(raw['image_version']),
    scanStatus: scanStatus(raw['scan_status']),
    findingCounts: findingCounts(raw),
  };
}
