/**
 * The set-up of all tests of the merged answer, `GET /v1/images/{imageId}`: a service without Redis, an emulator without
 * a rate limit, and a clock that stands still.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { RegistryImageRow } from '../../../emulator/data/rows.js';
import { startEmulator, type Emulator } from '../../../emulator/emulator.js';
import type { Fault } from '../../../emulator/traffic/faults.js';
import { startService, type TestAnswer, type TestService } from '../service.js';
import { TestClock } from '../test-clock.js';
import { until } from '../until.js';

export const secondMs = 1_000;
export const dayMs = 86_400_000;
/** The default of TTL_LISTS. */
export const listsLifeMs = 60 * secondMs;

type Headers = Record<string, string>;

interface NewImage {
  /** How many files the image has. */
  files?: number;
  /** How many base images the image has. */
  baseOs?: number;
  row?: RegistryImageRow;
}

/** Registers its hooks in the `describe` that calls this function. Each test starts with an empty cache. */
export function useMergedService() {
  /** The clock stands still, so an entry keeps its age on a slow machine too. */
  const clock = TestClock.still();
  let emulator: Emulator;
  let service: TestService | undefined;
  let hasFaults = false;
  let added = 0;

  const closeService = async () => {
    await service?.close();
    service = undefined;
  };
  /** GET with the read key. */
  const get = (path: string, headers?: Headers): Promise<TestAnswer> => service!.get(path, headers);

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock });
  });

  beforeEach(async () => {
    if (service) await service.purge();
    else service = await startService({ emulator, clock, env: { HSS_TIMEOUT: '5s' } });
    // Until HSS accepts the credential for the first time, the service makes one call at a time.
    await get('/v1/registry-images');
    emulator.journal.clear();
  });

  afterEach(async () => {
    emulator.faults.clear();
    emulator.setLatency(0);
    // Pauses and circuit breakers outlive the faults that caused them: the next test needs a new service.
    if (hasFaults) await closeService();
    hasFaults = false;
  });

  afterAll(async () => {
    await closeService();
    await emulator.close();
  });

  /** Schedules a fault. The service of this test is closed after the test. */
  const strike = (fault: Fault): void => {
    hasFaults = true;
    emulator.faults.schedule(fault);
  };

  const callsOf = (api: Parameters<Emulator['journal']['calls']>[0]) => emulator.journal.calls(api).length;

  /** A new image that no other test has asked for. */
  const addImage = ({ files = 30, baseOs = 1, row = {} }: NewImage = {}): RegistryImageRow & {
    image_digest: string;
  } => {
    const image_digest = `sha256:${String((added += 1)).padStart(64, 'a')}`;
    // The content comes before the row, so that the scan time of the row does not change.
    emulator.data.rescan(image_digest, 0, {
      files: Array.from({ length: files }, (_, size) => ({
        file_name: `f${size}`,
        file_path: '/bin/',
        size,
      })),
      basicImages: Array.from({ length: baseOs }, () => ({ os_name: 'Debian', os_version: '12' })),
    });
    return { ...emulator.data.addRegistryImage({ image_digest, ...row }).row, image_digest };
  };

  /** The body of an answer with status 200. */
  const fetched = async (path: string, headers?: Headers): Promise<TestAnswer['body']> => {
    const { status, body } = await get(path, headers);
    expect({ status, code: body.code }).toEqual({ status: 200, code: undefined });
    return body;
  };

  /** The body after a refresh. The first answer past the fresh life is stale and starts the refresh. */
  const refreshed = async (path: string): Promise<TestAnswer['body']> => {
    await until(async () => /ttl=\d/.test((await get(path)).headers.get('cache-status') ?? ''));
    return fetched(path);
  };

  return {
    clock,
    get emulator() {
      return emulator;
    },
    get,
    fetched,
    refreshed,
    strike,
    callsOf,
    addImage,
  };
}

/** The path of the merged answer for a row of the registry. `query` is more parameters, beginning with `&`. */
export function pathOf(row: RegistryImageRow, query = '', imageId = row.image_digest ?? ''): string {
  const coordinates = new URLSearchParams({
    type: row.image_type ?? '',
    namespace: row.namespace ?? '',
    name: row.image_name ?? '',
    tag: row.image_version ?? '',
  });
  return `/v1/images/${encodeURIComponent(imageId)}?${coordinates.toString()}${query}`;
}
