import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { AccountStore } from '../../src/budget/account-store.js';
import { newAccount } from '../../src/budget/account.js';
import { SharedTier } from '../../src/cache/shared-tier.js';
import { timeOf } from '../../src/redis/fleet-clock.js';
import type { RedisLink } from '../../src/redis/redis-link.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';

const total = { limit: 100, windowMs: 60_000 };

/** Redis servers of other makes, and proxies: they hide what they do not want to tell, and cut answers off. */
describe('a Redis with odd answers', () => {
  let server: RedisProcess;
  let client: Redis;

  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
  });

  afterEach(() => client.flushall());

  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  function linkOver(evaluate: (script: string, ...args: [number]) => Promise<unknown>): RedisLink {
    const redis = { eval: evaluate, callBuffer: client.callBuffer.bind(client) };
    const run = (command: (redis: unknown) => Promise<unknown>) => command(redis);
    return { run, isUp: true, key: (...parts: string[]) => parts.join(':') } as unknown as RedisLink;
  }

  it('is used for the budget when its INFO hides run_id', async () => {
    const hiding = (script: string, ...args: [number]) =>
      client.eval(script.replace("redis.call('INFO', 'server')", "'redis_version:7.2'"), ...args);
    const store = new AccountStore(linkOver(hiding), 'user', total, 10_000);
    const signOfLife = { name: 'i0', text: '5 Api', sentAt: Date.now() };
    const empty = await store.read('Api', signOfLife);
    expect(empty).toMatchObject({ home: '', version: '', text: null, totalUsed: 0, wasMember: false });
    const account = newAccount('epoch', empty.home);
    const version = await store.write('Api', empty, account, JSON.stringify(account), null);
    const look = await store.look(['Api', 'Other'], signOfLife);
    expect(look).toMatchObject({ home: '', wasMember: true, members: [['i0', expect.any(String)]] });
    expect([...look.versions]).toEqual([
      ['Api', version],
      ['Other', ''],
    ]);
    const found = await store.read('Api', signOfLife);
    expect(found).toMatchObject({ account, home: '', totalUsed: 0, totalFreeAt: total.windowMs });
    expect(found.members).toHaveLength(1);
  });

  it.each(['members:user', 'account:user:Api', 'total:Api'])(
    'is used for the budget when another kind of value lies in %s',
    async (key) => {
      const store = new AccountStore(
        linkOver((script, ...args) => client.eval(script, ...args)),
        'user',
        total,
        10_000,
      );
      const signOfLife = { name: 'i0', text: '5 Api', sentAt: Date.now() };
      await client.rpush(`{budget}:${key}`, 'foreign');
      expect([...(await store.look(['Api'], signOfLife)).versions]).toEqual([['Api', '']]);
      const found = await store.read('Api', signOfLife);
      expect(found).toMatchObject({ version: '', totalUsed: 0, members: [['i0', expect.any(String)]] });
      const account = newAccount('epoch', found.home);
      expect(await store.write('Api', found, account, JSON.stringify(account), null)).not.toBeNull();
    },
  );

  it.each([
    ['cut off', ['1']],
    ['empty', []],
    ['no numbers', ['soon', '0']],
    ['missing', null],
  ])('tells no time when the answer is %s', async (_, reply) => {
    await expect(timeOf(linkOver(() => Promise.resolve(reply)))()).rejects.toThrow('cannot be read');
  });

  it.each(['text without a count', 'NaN {}', ' {}', ''])('has no failure in: %j', async (stored) => {
    await client.set('cache:{hash}:failure', stored, 'PX', 60_000);
    const tier = new SharedTier(
      linkOver(() => Promise.resolve(null)),
      'news',
      () => undefined,
    );
    expect(await tier.standing('hash')).toMatchObject({ failure: undefined, stored: undefined });
  });

  it('has no failure where another kind of value lies', async () => {
    await client.rpush('cache:{hash}:failure', 'foreign');
    const tier = new SharedTier(
      linkOver(() => Promise.resolve(null)),
      'news',
      () => undefined,
    );
    expect((await tier.standing('hash'))?.failure).toBeUndefined();
    expect((await tier.standing('hash'))?.fence).toBeGreaterThan(1e15);
  });
});
