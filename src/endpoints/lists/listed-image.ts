import type { FindingCounts } from '../../domain/finding-counts.js';
import type { RawRow } from '../../hss/envelope.js';
import type { Integer } from '../../json/lossless.js';
import { findingCounts, integer, text, time } from './fields.js';
import { scanStatus, severity } from './hss-words.js';

/** The fields that HSS's registry list and its local list name alike. */
export interface ListedImage {
  imageId: string | null;
  digest: string | null;
  name: string | null;
  tag: string | null;
  sizeBytes: Integer | null;
  updatedAt: string | null;
  severity: string | null;
  scanStatus: string | null;
  scannedAt: string | null;
  findingCounts: FindingCounts;
}

export function readListedImage(raw: RawRow): ListedImage {
  return {
    imageId: text(raw['image_id']),
    digest: text(raw['image_digest']),
    name: text(raw['image_name']),
    tag: text(raw['image_version']),
    sizeBytes: integer(raw['image_size']),
    updatedAt: time(raw['latest_update_time']),
    severity: severity(raw['severity_level']),
    scanStatus: scanStatus(raw['scan_status']),
    scannedAt: time(raw['latest_scan_time']),
    findingCounts: findingCounts(raw),
  };
}
