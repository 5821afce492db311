/** The scan fields of a row: every status that answers know, with matching findings. */
import type { SeededRandom } from './seeded-random.js';

/** The times in rows depend on this fixed day, so that the same seed gives the same rows on every day. */
export const dataEpochMs = Date.UTC(2025, 9, 1);
const dayMs = 86_400_000;

type Failure = readonly [code: string, description: string];

const registryFailures: readonly [Failure, ...Failure[]] = [
  ['unknown_error', 'Unknown error.'],
  ['authentication_failed', 'Authentication failed.'],
  ['schema_v1_not_support', 'Schema V1 images cannot be scanned. Upgrade to V2.'],
  ['failed_to_scan_vulnerability', 'The vulnerability scan failed.'],
  ['response_timed_out', 'The response timed out.'],
];
const downloadFailure: Failure = ['download_failed', 'The image download failed. Contact technical support.'];
const oversizedFailure: Failure = [
  'image_over_sized',
  'The image is too large and cannot be scanned. Reduce the image size.',
];

const localFailures = [
  'unknown_error',
  'failed_to_match_agent',
  'create_container_failed',
  'get_container_info_failed',
  'docker_offline',
  'get_docker_root_failed',
  'image_not_exist_or_docker_api_fault',
  'huge_image',
  'docker_root_in_nfs',
  'response_timed_out',
] as const;

const severities = ['Security', 'Low', 'Medium', 'High'] as const;

export function registryScan(random: SeededRandom) {
  const scan_status = random.weighted<string>([
    ['success', 72],
    ['unscan', 8],
    ['scanning', 4],
    ['failed', 6],
    ['download_failed', 3],
    ['image_oversized', 2],
    ['waiting_for_scan', 5],
  ]);
  const failure = failureOf(scan_status, random);
  return {
    ...outcome(random, scan_status),
    scan_failed_code: failure?.[0],
    scan_failed_desc: failure?.[1],
  };
}

function failureOf(scanStatus: string, random: SeededRandom): Failure | undefined {
  if (scanStatus === 'download_failed') return downloadFailure;
  if (scanStatus === 'image_oversized') return oversizedFailure;
  return scanStatus === 'failed' ? random.pick(registryFailures) : undefined;
}

export function localScan(random: SeededRandom) {
  const scan_status = random.weighted<string>([
    ['success', 70],
    ['unscan', 12],
    ['scanning', 4],
    ['failed', 8],
    ['waiting', 6],
  ]);
  return {
    ...outcome(random, scan_status),
    scan_failed_desc: scan_status === 'failed' ? random.pick(localFailures) : undefined,
    non_scan_reason:
      scan_status === 'unscan' && random.chance(0.6) ? 'The agent of the server is offline.' : undefined,
  };
}

export function pastTime(random: SeededRandom, withinDays: number): number {
  return dataEpochMs - random.integer(0, withinDays * dayMs);
}

/** Only a completed scan counts findings. The fields of an unfinished scan are 0, null or absent. */
function outcome(random: SeededRandom, scan_status: string) {
  if (scan_status !== 'success') {
    return {
      scan_status,
      latest_scan_time: random.pick([0, 0, null, undefined]),
      severity_level: random.pick([null, undefined, '']),
      vul_num: random.pick([0, null, undefined]),
      unsafe_setting_num: random.pick([0, null, undefined]),
      malicious_file_num: random.pick([0, null, undefined]),
    };
  }
  const level = random.integer(0, 3);
  return {
    scan_status,
    latest_scan_time: pastTime(random, 60),
    severity_level: severities[level],
    vul_num: level === 0 ? 0 : random.integer(level === 3 ? 1 : 0, 40 * level * level),
    unsafe_setting_num: level === 0 ? random.pick([0, null]) : random.integer(0, 12),
    malicious_file_num: level === 3 ? random.integer(0, 3) : random.pick([0, 0, undefined]),
  };
}
