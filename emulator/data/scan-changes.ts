/** What the end of a scan, and another scan status, change in the rows of an image. */
import type { ContentChange } from './image-content.js';
import type { LocalImage, LocalImageRow, RegistryImage, RegistryImageRow } from './rows.js';

/** The findings of a rescan. Fields that are not given stay unchanged. */
export interface ScanResult extends ContentChange {
  readonly scanStatus?: string;
  readonly severityLevel?: string | null;
  readonly vulNum?: number;
  readonly unsafeSettingNum?: number;
  readonly maliciousFileNum?: number;
}

export type ScanChanges = RegistryImageRow & LocalImageRow;

/** A completed scan moves the scan time alone. A scan that failed, or that goes on, moves the update time too. */
export function endOfScan(result: ScanResult, atMs: number): ScanChanges {
  const scan_status = result.scanStatus ?? 'success';
  return {
    scan_status,
    latest_scan_time: atMs,
    ...(scan_status !== 'success' && { latest_update_time: atMs }),
    scan_failed_code: undefined,
    scan_failed_desc: undefined,
    ...(result.severityLevel !== undefined && { severity_level: result.severityLevel }),
    ...(result.vulNum !== undefined && { vul_num: result.vulNum }),
    ...(result.unsafeSettingNum !== undefined && { unsafe_setting_num: result.unsafeSettingNum }),
    ...(result.maliciousFileNum !== undefined && { malicious_file_num: result.maliciousFileNum }),
  };
}

export function otherStatus(scan_status: string, nowMs: number): ScanChanges {
  return {
    scan_status,
    latest_update_time: nowMs,
    ...(scan_status === 'unscan' && { latest_scan_time: 0 }),
    ...(scan_status !== 'success' && { severity_level: null }),
  };
}

interface Images {
  readonly registry: RegistryImage[];
  readonly locals: LocalImage[];
}

/** Changes every row with the digest, and every variant. @returns the lists and the number of changed rows. */
export function withScan(
  { registry, locals }: Images,
  digest: string,
  changes: ScanChanges,
): Images & { count: number } {
  let count = 0;
  const isOfImage = (row: { image_digest?: string | null | undefined }) => row.image_digest === digest;
  const change = <Row extends Pick<LocalImageRow, 'image_digest'>>(row: Row, fields: object): Row => {
    if (!isOfImage(row)) return row;
    count += 1;
    return { ...row, ...fields };
  };
  const { scan_status, vul_num, unsafe_setting_num, malicious_file_num } = changes;
  const childChanges = withoutUndefined({ scan_status, vul_num, unsafe_setting_num, malicious_file_num });
  const changedRegistry = registry.map((image) => {
    if (!isOfImage(image.row) && !image.row.association_images?.some(isOfImage)) return image;
    const row = change(image.row, changes);
    const children = row.association_images?.map((child) => change(child, childChanges));
    return { ...image, row: { ...row, ...(children && { association_images: children }) } };
  });
  // The filter and the registry's rows say waiting_for_scan, local rows say waiting.
  const localStatus = scan_status === 'waiting_for_scan' ? 'waiting' : scan_status;
  const localChanges = { ...changes, scan_status: localStatus };
  const changedLocals = locals.map((image) => {
    const row = change(image.row, localChanges);
    return row === image.row ? image : { ...image, row };
  });
  return { registry: changedRegistry, locals: changedLocals, count };
}

/** Drops undefined fields, so that the row keeps its old values. */
function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
