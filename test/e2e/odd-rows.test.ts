// One bad row never costs the others: whatever HSS puts into a row, the lists, the catalog on both instances, its
// snapshot, its log in Redis and its exports have every other row.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CatalogIndex } from '../../src/catalog/index/catalog-index.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { inPieces, allPieces } from '../support/catalog/snapshots.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { errorLines, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const int64Max = 9_223_372_036_854_775_807n;
const half = '\ud83d';
const otherHalf = '\ude00';
const long = 'x'.repeat(70_000);
/** Values that a field of text, of numbers or of rows should not have. */
const odd: Record<string, Record<string, unknown>[]> = {
  'halves of surrogate pairs': [
    { image_name: `a${half}b`, image_version: `a${otherHalf}` },
    { image_name: otherHalf + half, namespace: half, registry_name: half, registry_id: half },
    { image_id: half, image_digest: half, id: half },
    { image_digest: `sha256:${half}`, scan_status: half, severity_level: half, image_type: half },
    { host_id: half, host_name: half, agent_id: half, local_image_type: half },
    { scan_failed_desc: half, scan_failed_code: half, non_scan_reason: half, domain_name: half },
    { association_images: [{ image_digest: half, image_name: half, id: half }] },
  ],
  'characters that no name should have': [
    { image_name: 'a\0b', image_version: '\0', namespace: '\0', host_name: 'a\0' },
    { image_name: 'a\r\nb\u2028\u0007', image_version: '\u001b[2J', namespace: '\t' },
    { image_name: '😀', image_version: '😁', namespace: '😂' },
    { image_name: '__proto__', namespace: 'constructor', host_id: '__proto__' },
  ],
  'values of another type': [
    { image_name: {}, image_version: [], namespace: { a: { b: [] } }, image_id: true },
    { image_name: 1, image_version: 1.5, image_id: int64Max },
    { vul_num: 'many', image_size: '', unsafe_setting_num: '１', id: {} },
    { latest_update_time: 'soon', latest_sync_time: '' },
    { association_images: [null, 1, [], {}, { image_digest: [] }, 'x'] },
    { association_images: { length: 3 } },
    { image_name: null, image_version: null, image_id: null, image_digest: null, id: null },
  ],
  'numbers out of all bounds': [
    { vul_num: int64Max, image_size: int64Max, malicious_file_num: int64Max },
    { vul_num: int64Max + 1n, image_size: 2n ** 70n, host_num: 1e300 },
    { host_num: int64Max, container_num: int64Max, component_num: int64Max },
    { vul_num: -1, image_size: -int64Max, host_num: -5, container_num: -5 },
    { latest_update_time: int64Max, latest_sync_time: 8.64e15 },
    { latest_update_time: -1, latest_sync_time: -int64Max },
  ],
  'long texts': [
    { image_name: long, image_version: long, host_name: long },
    { image_digest: long, image_id: long, scan_failed_desc: long },
  ],
};

describe('a row of HSS with odd values', () => {
  const clock = new TestClock();
  let emulator: Emulator;
  let redis: RedisProcess;
  let services: TestService[];
  let number = 0;

  beforeAll(async () => {
    [emulator, redis] = await Promise.all([
      startEmulator({ rate: 'off', totalRate: 'off', clock, registryImages: 20, localImages: 10 }),
      startRedis(),
    ]);
    const start = () => startService({ emulator, clock, redisUrl: redis.url, env: { CATALOG: 'on' } });
    services = [await start(), await start()];
    await until(async () => (await statusOf(services[0]!)).complete);
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    await Promise.all([redis.stop(), emulator.close()]);
  });

  const statusOf = async (service: TestService) => (await service.get('/v1/catalog/status')).body;
  /** Names of good images that an instance's catalog finds by a search. */
  const found = async (service: TestService, name: string) =>
    (await service.get(`/v1/images?name=${name}&limit=1`)).body.total === 1;

  /** Adds good rows before and after the odd ones, and reads them as a consumer does. */
  async function readWith(rows: Record<string, unknown>[]): Promise<string[]> {
    number += 1;
    const good = [`good-${number}-a`, `good-${number}-b`, `good-${number}-c`, `good-${number}-d`];
    emulator.data.addRegistryImage({ image_name: good[0]! });
    for (const row of rows) emulator.data.addRegistryImage(row);
    emulator.data.addRegistryImage({ image_name: good[1]! });
    emulator.data.addLocalImage({ image_name: good[2]! });
    for (const row of rows) emulator.data.addLocalImage(row);
    emulator.data.addLocalImage({ image_name: good[3]! });
    for (const list of ['registry', 'local']) {
      const answer = await services[0]!.get(
        `/v1/${list}-images?limit=200&updatedAfter=0&scannedAfter=${1e12 + number}`,
      );
      expect([answer.status, answer.body.code]).toEqual([200, undefined]);
      const names = answer.body.items.map(({ name }: { name: string }) => name);
      expect(names).toEqual(expect.arrayContaining(list === 'registry' ? good.slice(0, 2) : good.slice(2)));
    }
    return good;
  }

  it.each(Object.entries(odd))('costs no other row: %s', async (_, rows) => {
    const good = await readWith(rows);
    for (const service of services) for (const name of good) await until(() => found(service, name));
  });

  it('costs no walk: the next walk reads all rows, and the catalog stays complete', async () => {
    const [one] = services as [TestService];
    const walkedAt = async () => {
      const { complete, registry, local } = await statusOf(one);
      return complete ? [registry.walkedAt, local.walkedAt] : [];
    };
    const before = await walkedAt();
    clock.advance(20 * 60_000);
    await until(async () => {
      const now = await walkedAt();
      return now.length === 2 && now.every((at, list) => at > before[list]);
    });
  });

  it('breaks no export, no search and no snapshot', async () => {
    const [one, other] = services as [TestService, TestService];
    const total = (await one.get('/v1/images?limit=1')).body.total as number;
    await until(async () => (await other.get('/v1/images?limit=1')).body.total === total);
    for (const service of services) {
      const lines = (await service.get('/v1/catalog/export')).text.trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line).key)).toHaveLength(total);
      const csv = await service.get('/v1/catalog/export?format=csv');
      expect(csv.text.split('\r\n').length).toBeGreaterThan(total);
      expect((await service.get('/v1/hosts?limit=200')).status).toBe(200);
      expect((await service.get('/v1/catalog/changes?limit=1000')).status).toBe(200);
    }
    const index = await CatalogIndex.open({ clock });
    const pieces = await allPieces(one.catalog.snapshot());
    const { version, sync } = one.catalog;
    await index.load('epoch', inPieces(pieces), { version, at: clock.now(), sync });
    const filter = {};
    const page = await index.images({ filter, match: 'known', sort: [], limit: 1, after: null, version });
    await index.close();
    expect(page.total).toBe(total);
  });

  it('puts nothing of itself and no error into the log', () => {
    for (const service of services) {
      expect(errorLines(service)).toHaveLength(0);
      expect(service.logText()).not.toMatch(/"code":"internal"|x{50}/);
    }
  });
});
