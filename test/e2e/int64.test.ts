import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from '../support/fast-check.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { Fault } from '../../emulator/traffic/faults.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const digest = `sha256:${'7'.repeat(64)}`;
const merged = `/v1/images/${digest}?type=harbor&namespace=a&name=b&tag=c&include=image,baseOs,files,hosts`;
const routes = [
  merged,
  '/v1/registry-images',
  '/v1/local-images',
  merged.replace(/\?(.*)&include=.*/, '/files?$1'),
];

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  // The numbers at which doubles begin to lose digits, and the ends of int64.
  fc.constantFrom(
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    0n,
  ),
);

/** The answers of HSS as text, with these numbers in all fields that hold numbers. */
function upstreamBodies(numbers: { id: bigint; size: bigint; count: bigint; total: bigint }) {
  const { id, size, count, total } = numbers;
  const image = `"image_digest":"${digest}","image_size":${size},"vul_num":${count},"unsafe_setting_num":${count}`;
  const list = (row: string) => `{"total_num": ${total}, "data_list": [{${row}}]}`;
  return {
    ListRegistryImages: list(`"id":${id},${image},"association_images":[{"id": ${id},"vul_num":${count}}]`),
    ListImageLocal: list(
      `${image},"host_id":"h","host_num":${count},"container_num":${count},"component_num":${count}`,
    ),
    ListImageFiles: list(`"file_name":"f","size":${size}`),
    ListImageBasicImage: list('"os_name":"Debian"'),
  } satisfies Partial<Record<NonNullable<Fault['api']>, string>>;
}

describe('an int64', () => {
  // A slow clock: an instance has one second of this clock to acknowledge a purge.
  const clock = TestClock.slow();
  let redis: RedisProcess;
  let emulator: Emulator;
  let first: TestService;
  /** This instance has only the entries that it finds in Redis. */
  let second: TestService;

  beforeAll(async () => {
    redis = await startRedis();
    emulator = await startEmulator({ rate: 'off', clock });
    first = await startService({ emulator, clock, redisUrl: redis.url });
    second = await startService({ emulator, clock, redisUrl: redis.url });
  });

  afterAll(async () => {
    await first.close();
    await second.close();
    await emulator.close();
    await redis.stop();
  });

  beforeEach(() => emulator.faults.clear());

  /** Waits until both entries of each list, the rows and the total, are in Redis. */
  const storedInRedis = (lists: number) => until(async () => (await keysInRedis()).length >= lists * 2);
  const keysInRedis = async () => (await redis.cli('KEYS', '*:cache:*:value')) as string[];

  it('keeps all digits from HSS through Redis to the answer of another instance', async () => {
    const numbers = fc.record({
      id: int64,
      size: int64,
      count: int64,
      // Larger than the one row, so that HSS is asked whether more rows follow.
      total: fc.bigInt({ min: 2n, max: 2n ** 63n - 1n }),
    });
    await fc.assert(
      fc.asyncProperty(numbers, async (given) => {
        // After a purge no instance may use an entry from its memory.
        expect((await first.purge()).body.missing).toEqual([]);
        for (const key of await keysInRedis()) await redis.cli('DEL', key);
        emulator.faults.clear();
        for (const [api, body] of Object.entries(upstreamBodies(given))) {
          const fault = {
            kind: 'raw',
            api: api as keyof ReturnType<typeof upstreamBodies>,
            times: 1,
          } as const;
          // The list of the merged answer and the list's own route.
          for (let list = 0; list < 2; list += 1) {
            emulator.faults.schedule({ ...fault, body });
            emulator.faults.schedule({ ...fault, body: `{"total_num":${given.total},"data_list":[]}` });
          }
        }
        const answers = [];
        for (const route of routes) answers.push(await first.get(route));
        await storedInRedis(6);

        emulator.journal.clear();
        const again = [];
        for (const route of routes) again.push(await second.get(route));
        expect(emulator.journal.entries).toEqual([]);
        expect(again.map(({ text }) => text)).toEqual(answers.map(({ text }) => text));

        const [image = '', registry = '', local = '', files = ''] = again.map(({ text }) => text);
        const { id, size, count, total } = given;
        const has = (text: string, ...members: string[]) => {
          for (const member of members) expect(text).toContain(member);
        };
        has(
          image,
          `"entryId":"${id}"`,
          `"sizeBytes":${size},`,
          `"vulnerabilities":${count},`,
          `"containerCount":${count},`,
        );
        has(
          registry,
          `"entryId":"${id}"`,
          `"sizeBytes":${size},`,
          `"unsafeSettings":${count},`,
          `"total":${total},`,
        );
        has(
          local,
          `"sizeBytes":${size},`,
          `"hostCount":${count},`,
          `"componentCount":${count},`,
          `"total":${total},`,
        );
        has(files, `"sizeBytes":${size}}`, `"total":${total},`);
      }),
      { numRuns: 15 },
    );
  });

  it('is read where HSS writes it as text', async () => {
    await first.purge();
    const body =
      '{"total_num":"9007199254740993","data_list":[{"image_size":"9223372036854775807","vul_num":" -5 "}]}';
    emulator.faults.schedule({ kind: 'raw', body, times: 1 });
    const { text } = await first.get('/v1/registry-images?limit=1');
    expect(text).toContain('"total":9007199254740993,');
    expect(text).toContain('"sizeBytes":9223372036854775807,');
    expect(text).toContain('"vulnerabilities":-5,');
  });

  it.each([
    ['9223372036854775808'],
    ['-9223372036854775809'],
    ['1.5'],
    ['1e400'],
    ['"1,000 (bytes)"'],
    ['"0x10"'],
    ['true'],
    ['null'],
    ['[1]'],
    ['{}'],
    ['""'],
  ])('is null where HSS sends %s instead', async (value) => {
    await first.purge();
    emulator.faults.schedule({ kind: 'raw', body: `{"data_list":[{"image_size":${value}}]}` });
    const { status, body } = await first.get('/v1/local-images');
    expect(status).toBe(200);
    expect(body.items[0].sizeBytes).toBeNull();
  });
});
