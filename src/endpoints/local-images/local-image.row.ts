/** Reads a raw row of ListImageLocal. Never throws: a missing or unreadable field is null. */
import type { RawRow } from '../../hss/envelope.js';
import type { Integer } from '../../json/lossless.js';
import { integer, text } from '../lists/fields.js';
import type { FindingCounts } from '../../domain/finding-counts.js';
import { word } from '../lists/hss-words.js';
import { readListedImage } from '../lists/listed-image.js';
import type { Scan } from '../../domain/scan.js';
import type { DocumentedFields } from '../lists/source-rows.js';

/** A row of ListImageLocal: an image on hosts, or on one host (HSS does not say which). */
export interface LocalImageRow {
  imageId: string | null;
  digest: string | null;
  /** HSS's own words: `swr_image`, `other_image`. */
  localType: string | null;
  name: string | null;
  tag: string | null;
  sizeBytes: Integer | null;
  updatedAt: string | null;
  severity: string | null;
  scan: Scan;
  findingCounts: FindingCounts;
  hostCount: Integer | null;
  containerCount: Integer | null;
  componentCount: Integer | null;
  host: { hostId: string | null; name: string | null; agentId: string | null } | null;
  notScannableReason: string | null;
}

/** Every field of ListImageLocal that HSS's documents or official SDKs name. */
export const localImageFields: DocumentedFields = {
  own: [
    'image_name',
    'image_id',
    'image_digest',
    'image_version',
    'local_image_type',
    'scan_status',
    'image_size',
    'latest_update_time',
    'latest_scan_time',
    'vul_num',
    'unsafe_setting_num',
    'malicious_file_num',
    'host_num',
    'container_num',
    'component_num',
    'scan_failed_desc',
    'severity_level',
    'host_name',
    'host_id',
    'agent_id',
    'non_scan_reason',
  ],
};

export function toLocalImageRow(raw: RawRow): LocalImageRow {
  const { imageId, digest, name, tag, sizeBytes, updatedAt, severity, scanStatus, scannedAt, findingCounts } =
    readListedImage(raw);
  return {
    imageId,
    digest,
    localType: word(raw['local_image_type']),
    name,
    tag,
    sizeBytes,
    updatedAt,
    severity,
    scan: { status: scanStatus, scannedAt, failure: toFailure(text(raw['scan_failed_desc'])) },
    findingCounts,
    hostCount: integer(raw['host_num']),
    containerCount: integer(raw['container_num']),
    componentCount: integer(raw['component_num']),
    host: toHost(raw),
    notScannableReason: text(raw['non_scan_reason']),
  };
}

/**
 * The local list has one field for code and description. HSS documents code words (`docker_offline`); other text
 * is a description.
 */
function toFailure(reason: string | null): Scan['failure'] {
  if (reason === null) return null;
  return /^[a-z0-9_]+$/.test(reason)
    ? { code: reason, description: null }
    : { code: null, description: reason };
}

function toHost(raw: RawRow): LocalImageRow['host'] {
  const hostId = text(raw['host_id']);
  const name = text(raw['host_name']);
  const agentId = text(raw['agent_id']);
  return hostId === null && name === null && agentId === null ? null : { hostId, name, agentId };
}
