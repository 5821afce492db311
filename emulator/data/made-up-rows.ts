/** Rows that tests add while the emulator runs. A field that the test does not give gets a made-up value. */
import type { LocalHost, LocalImageRow, RegistryImageRow } from './rows.js';
import { fakeDigest, fakeHex, fakeUuid } from './seeded-random.js';

const addedAtMs = Date.UTC(2025, 8, 28);

const scannedFields = {
  scan_status: 'success',
  image_size: 1_000_000,
  latest_update_time: addedAtMs,
  latest_scan_time: addedAtMs,
  severity_level: 'Low',
  vul_num: 1,
} as const;

/** The fields that depend on the digest alone, as they are before a scan. */
const unscannedImage = {
  image_size: 1_000_000,
  is_multiple_arch: false,
  association_images: [],
  scan_status: 'unscan',
  latest_scan_time: 0,
  severity_level: null,
  vul_num: null,
  unsafe_setting_num: null,
  malicious_file_num: null,
  scan_failed_code: null,
  scan_failed_desc: null,
} as const;

export function addedRowId(number: number): bigint {
  return 9_200_000_000_000_000_000n + BigInt(number);
}

/** The row of a tag that names `digest` now. `known`: a row of the digest, so a row of the same image. */
export function movedRow(row: RegistryImageRow, digest: string, known?: RegistryImageRow): RegistryImageRow {
  return {
    ...row,
    image_digest: digest,
    image_id: digest.replace(/^sha256:/, ''),
    ...(known === undefined ? unscannedImage : imageFieldsOf(known)),
  };
}

function imageFieldsOf(row: RegistryImageRow): RegistryImageRow {
  const names = Object.keys(unscannedImage) as (keyof typeof unscannedImage)[];
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

export function madeUpRegistryRow(number: number, row: RegistryImageRow): RegistryImageRow {
  const digest = row.image_digest ?? fakeDigest(`added/${number}`);
  return {
    id: addedRowId(number),
    namespace: 'added',
    image_name: `added-${number}`,
    image_version: 'v1',
    image_type: 'private_image',
    image_id: digest.replace(/^sha256:/, ''),
    image_digest: digest,
    latest_version: true,
    ...scannedFields,
    ...row,
  };
}

export function madeUpLocalRow(number: number, row: LocalImageRow): LocalImageRow {
  return {
    image_id: fakeUuid(`added-local/${number}`),
    image_name: `added-${number}`,
    image_version: 'v1',
    image_digest: fakeDigest(`added/${number}`),
    local_image_type: 'swr_image',
    ...scannedFields,
    ...row,
  };
}

export function madeUpHost(number: number): LocalHost {
  return {
    id: fakeUuid(`added-host/${number}`),
    name: `added-host-${number}`,
    agentId: fakeHex(`added-agent/${number}`),
    privateIp: '192.168.2.1',
    containers: [],
  };
}
