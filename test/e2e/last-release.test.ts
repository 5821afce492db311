import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { FleetLedger } from '../../src/budget/fleet-ledger.js';
import type { Account } from '../../src/budget/account.js';
import { SharedTier } from '../../src/cache/shared-tier.js';
import { CatalogIndex } from '../../src/catalog/index/catalog-index.js';
import { isComplete } from '../../src/catalog/model/sync-state.js';
import { failureCodec } from '../../src/hss/failure-codec.js';
import { createRedis } from '../../src/redis/connect.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { systemClock } from '../../src/time/clock.js';
import { startInstance } from '../support/catalog/instance.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { until } from '../support/until.js';

interface StoredKey {
  type: 'string' | 'hash' | 'zset';
  value: string | { base64: string } | Record<string, string> | string[];
}

/** What a fleet of release 0.1.0 had left in Redis: one list was read, five calls counted, and two loads waited. */
const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/release-0.1.0.json', import.meta.url), 'utf8'),
) as { takenAt: number; keys: Record<string, StoredKey> };

const user = 'ak-5cde35d5588cb518';
const api = 'ListRegistryImages';
const accountKey = `{budget}:account:${user}:${api}`;
const catalogScope = 'yxKoelxNxvdux-iNTSnzI7';
const hashIn = (key: string) => /\{([^}]+)\}/.exec(key)![1]!;
const keyEnding = (end: string) => Object.keys(fixture.keys).find((key) => key.endsWith(end))!;

describe('what the release before has left in Redis', () => {
  let server: RedisProcess;
  let client: Redis;
  let link: RedisLink;
  let emulator: Emulator;

  beforeAll(async () => {
    [server, emulator] = await Promise.all([startRedis(), startEmulator({ rate: 'off' })]);
    client = new Redis(server.url);
    for (const [key, { type, value }] of Object.entries(fixture.keys))
      await store(`test:${key}`, type, value);
    const { port } = server;
    const config = { kind: 'single', host: '127.0.0.1', port, db: 0, keyPrefix: 'test', tls: null } as const;
    const redis = createRedis({ ...config, username: undefined, password: undefined });
    link = new RedisLink(redis, 'test', systemClock, pino({ level: 'silent' }), 60_000);
    await link.connect(60_000);
    await until(() => link.isUp);
  });

  afterAll(async () => {
    await link.close();
    client.disconnect();
    await Promise.all([server.stop(), emulator.close()]);
  });

  async function store(key: string, type: StoredKey['type'], value: StoredKey['value']): Promise<void> {
    if (type === 'hash') await client.hset(key, value as Record<string, string>);
    else if (type === 'zset') await client.zadd(key, ...(value as string[]).toReversed());
    else if (typeof value === 'string') await client.set(key, value);
    else await client.set(key, Buffer.from((value as { base64: string }).base64, 'base64'));
  }

  it('is an account that goes on with its calls and its queue', async () => {
    const stored = fixture.keys[accountKey]!.value as Record<string, string>;
    // The same account, as Redis would hold it a moment after the calls.
    const byMs = Date.now() - fixture.takenAt;
    const moved = stored['account']!.replace(/\b179595\d{7}\b/g, (at) => String(Number(at) + byMs));
    const before = JSON.parse(moved) as Account;
    const { home } = await homeOf();
    await client.hset(`test:${accountKey}`, 'account', moved.replace(before.home, home));
    const ledger = new FleetLedger(link, systemClock, pino({ level: 'silent' }), {
      instance: 'new',
      user,
      limit: { limit: 5, windowMs: 60_000 },
      total: { limit: 1_000, windowMs: 60_000 },
      fleetSize: 1,
      longestCallMs: 25_000,
      apis: [api],
    });
    try {
      const { result } = await ledger.transact(api, (account, { isShared }) => {
        account.order += 1;
        return { isShared, epoch: account.epoch, slots: account.slots, tickets: account.tickets };
      });
      expect(result).toMatchObject({ isShared: true, epoch: before.epoch, tickets: before.tickets });
      expect(result.slots).toEqual(before.slots);
      expect(result.slots).toHaveLength(5);
      // And the release before reads what this one has written: no field is missing.
      const written = JSON.parse((await client.hget(`test:${accountKey}`, 'account'))!) as Account;
      expect(written).toMatchObject({ ...before, home, order: before.order + 1 });
    } finally {
      await ledger.close();
    }
  });

  async function homeOf(): Promise<{ home: string }> {
    return { home: /run_id:(\w+)/.exec(await client.info('server'))![1]! };
  }

  it('is an entry that is read', async () => {
    const tier = new SharedTier(link, 'news', () => undefined);
    const found = await tier.get(hashIn(keyEnding(':value')));
    expect(found?.entry.tags).toContain('list:local-images');
    expect((found?.entry.value as { rows: object[] }).rows).toHaveLength(8);
  });

  it('is a failure that is told', async () => {
    const key = keyEnding(':failure');
    await client.pexpire(`test:${key}`, 60_000);
    const standing = await new SharedTier(link, 'news', () => undefined).standing(hashIn(key));
    expect(standing?.failure?.count).toBe(1);
    const { code, upstream } = failureCodec.read(standing!.failure!.text)!;
    expect([code, upstream?.status, upstream?.code]).toEqual(['upstream-unavailable', 500, 'APIGW.0500']);
  });

  it('is a catalog that is taken over, without a walk', async () => {
    const clock = systemClock;
    // What the catalog holds comes from Redis alone.
    emulator.faults.schedule({ kind: 'status', status: 500 });
    const store = await CatalogIndex.open({ clock });
    const scopes = { scope: 'new', formerScopes: [catalogScope] };
    const heir = await startInstance({ emulator, clock, redisUrl: server.url, store, ...scopes });
    try {
      // The log under the new name shows that the former log was read to its end.
      await until(async () => (await client.exists('test:catalog:{new}:head')) === 1);
      expect(isComplete(heir.store.sync)).toBe(true);
      let [images, contents] = [0, 0];
      for await (const slice of heir.store.documents())
        for (const { content } of slice) {
          images += 1;
          contents += content?.files && content.baseOs ? 1 : 0;
        }
      expect([images, contents]).toEqual([16, 8]);
      expect(heir.logText()).toContain('the log of an earlier release is taken over');
    } finally {
      await heir.close();
      await store.close();
    }
  });
});
