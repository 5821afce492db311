/** Rows that tests add while the emulator runs. A field that the test does not give gets a made-up value. */
import type { Int64 } from '../json.js';
import type { LocalHost, LocalImageRow, RegistryImageRow } from './rows.js';
import { fakeDigest, fakeHex, fakeUuid } from './seeded-random.js';

const scannedAtMs = Date.UTC(2025, 8, 28);

const scannedFields = {
  scan_status: 'success',
  image_size: 1_000_000,
  latest_scan_time: scannedAtMs,
  severity_level: 'Low',
  vul_num: 1,
} as const;

/** @param isInt64 whether the id is above 2^53. */
export function addedRowId(number: number, isInt64: boolean): Int64 {
  return isInt64 ? 9_200_000_000_000_000_000n + BigInt(number) : 1_000_000_000_000 + number;
}

export function madeUpRegistryRow(
  number: number,
  nowMs: number,
  row: RegistryImageRow,
  hasInt64Id: boolean,
): RegistryImageRow {
  const digest = row.image_digest ?? fakeDigest(`added/${number}`);
  return {
    id: addedRowId(number, hasInt64Id),
    namespace: 'added',
    image_name: `added-${number}`,
    image_version: 'v1',
    image_type: 'private_image',
    image_id: digest.replace(/^sha256:/, ''),
    image_digest: digest,
    latest_version: true,
    ...scannedFields,
    latest_update_time: nowMs,
    ...row,
  };
}

export function madeUpLocalRow(number: number, nowMs: number, row: LocalImageRow): LocalImageRow {
  return {
    image_id: fakeUuid(`added-local/${number}`),
    image_name: `added-${number}`,
    image_version: 'v1',
    image_digest: fakeDigest(`added/${number}`),
    local_image_type: 'swr_image',
    ...scannedFields,
    latest_update_time: nowMs,
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
