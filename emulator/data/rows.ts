/** The rows as HSS sends them: HSS's field names, and every field may be absent or null. */
import type { Int64 } from '../json.js';

type AllMayBeMissing<T> = { readonly [Name in keyof T]?: T[Name] | null | undefined };

interface ScanFields {
  readonly scan_status: string;
  readonly vul_num: number;
  readonly unsafe_setting_num: number;
  readonly malicious_file_num: number;
}

export type AssociatedImageRow = AllMayBeMissing<
  ScanFields & {
    readonly id: Int64;
    readonly image_id: string;
    readonly image_name: string;
    readonly image_version: string;
    readonly image_type: string;
    readonly namespace: string;
    readonly image_digest: string;
  }
>;

export type RegistryImageRow = AllMayBeMissing<
  ScanFields & {
    readonly id: Int64;
    readonly namespace: string;
    readonly image_name: string;
    readonly image_id: string;
    readonly image_digest: string;
    readonly image_version: string;
    readonly image_type: string;
    readonly registry_id: string;
    readonly registry_name: string;
    readonly registry_type: string;
    readonly latest_version: boolean;
    readonly scan_failed_desc: string;
    readonly scan_failed_code: string;
    readonly image_size: Int64;
    readonly latest_update_time: Int64;
    readonly latest_scan_time: Int64;
    readonly latest_sync_time: Int64;
    readonly domain_name: string;
    readonly shared_status: string;
    readonly scannable: boolean;
    readonly is_multiple_arch: boolean;
    readonly instance_name: string;
    readonly instance_id: string;
    readonly instance_url: string;
    readonly severity_level: string;
    readonly association_images: readonly AssociatedImageRow[];
  }
>;

/** The image's part of a local row; the host's part is added when a list is answered. */
export type LocalImageRow = AllMayBeMissing<
  ScanFields & {
    readonly image_name: string;
    readonly image_id: string;
    readonly image_digest: string;
    readonly image_version: string;
    readonly local_image_type: string;
    readonly image_size: Int64;
    readonly latest_update_time: Int64;
    readonly latest_scan_time: Int64;
    readonly host_num: number;
    readonly container_num: number;
    readonly component_num: number;
    readonly scan_failed_desc: string;
    readonly severity_level: string;
    readonly non_scan_reason: string;
  }
>;

export interface RegistryImage {
  readonly enterpriseProjectId: string;
  readonly row: RegistryImageRow;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly podId: string;
  readonly podName: string;
}

/**
 * A server that has a local image, with the containers that run the image there. A row of the list can name the
 * server by some of the three fields only.
 */
export interface LocalHost {
  readonly id?: string;
  readonly name?: string;
  readonly agentId?: string;
  readonly privateIp: string;
  readonly publicIp?: string;
  /** The update time of the row of this host, where it is later than the image's. */
  readonly updatedAtMs?: number | undefined;
  readonly containers: readonly Container[];
}

export interface LocalImage {
  readonly enterpriseProjectId: string;
  readonly row: LocalImageRow;
  readonly hosts: readonly LocalHost[];
  /** Names of the software in the image; app_name filters by these names. */
  readonly software: readonly string[];
}

export interface ImageFileRow {
  readonly file_name?: string | null;
  readonly file_path?: string | null;
  readonly size?: Int64 | null;
}

export interface BasicImageRow {
  readonly os_name?: string | null;
  readonly os_version?: string | null;
  readonly layer_digest?: string | null;
}
