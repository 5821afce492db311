import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createRedis } from '../../src/redis/connect.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { FleetCredentialRests } from '../../src/hss/credential/fleet-credential-rest.js';
import { CredentialGate } from '../../src/hss/credential/credential-gate.js';
import { CredentialResting } from '../../src/hss/credential/credential-rest.js';
import { CredentialRefused } from '../../src/hss/errors.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { forEver } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

/** Longer than any test: no trial lapses while the machine is busy. */
const tryMs = 600_000;
const forever = new AbortController().signal;

describe("the fleet's count of refused credentials", () => {
  let server: RedisProcess;
  const links: RedisLink[] = [];

  beforeAll(async () => {
    server = await startRedis();
  });

  afterEach(async () => {
    for (const link of links.splice(0)) await link.close();
    await server.cli('FLUSHALL');
  });

  afterAll(() => server.stop());

  async function instance(credential = 'key-1') {
    const clock = new TestClock();
    const { port } = server;
    const config = { kind: 'single', host: '127.0.0.1', port, db: 0, keyPrefix: 'test', tls: null } as const;
    const redis = createRedis({ ...config, username: undefined, password: undefined });
    const link = new RedisLink(redis, 'test', clock, pino({ level: 'silent' }), forEver);
    links.push(link);
    await link.connect(2_000);
    await until(() => link.isUp);
    return new FleetCredentialRests(link, clock, credential, tryMs, { fleetSize: 6, instance: 'one' });
  }

  /** Whether the instance may try within a few looks at Redis. */
  async function mayTry(refusals: FleetCredentialRests): Promise<boolean> {
    const verdict = refusals.acquire(AbortSignal.timeout(250));
    return verdict.then(
      () => true,
      () => false,
    );
  }

  it('lets one instance try at a time, and the next after its result', async () => {
    const [one, other] = [await instance(), await instance()];
    await one.acquire(forever);
    expect(await mayTry(other)).toBe(false);
    const waiting = other.acquire(forever);
    await one.released();
    await waiting;
    expect(await mayTry(one)).toBe(false);
    await other.accepted();
    await one.acquire(forever);
  });

  it('is not released by an instance that does not try', async () => {
    const [one, other, third] = [await instance(), await instance(), await instance()];
    await one.acquire(forever);
    await other.released();
    await other.refused(false);
    expect(await mayTry(third)).toBe(false);
  });

  it('starts a rest after three refusals, and another after each further refusal', async () => {
    const [one, other] = [await instance(), await instance()];
    for (const refusals of [one, other]) {
      await refusals.acquire(forever);
      expect(await refusals.refused(false)).toBeNull();
    }
    await one.acquire(forever);
    const askedAt = Date.now();
    expect(await one.refused(false)).toBeGreaterThan(askedAt + 5 * 60_000);
    await expect(other.acquire(forever)).rejects.toBeInstanceOf(CredentialResting);
    await server.cli('HSET', 'test:credential:key-1', 'restsUntil', '0');
    await other.acquire(forever);
    expect(await other.refused(false)).not.toBeNull();
    await expect(one.acquire(forever)).rejects.toBeInstanceOf(CredentialResting);
  });

  it.each([
    ['fields are no numbers', ['HSET', 'count', 'few', 'restsUntil', 'never', 'heldUntil', 'nan']],
    ['is no hash', ['SET', '5']],
    [
      'has times of a clock that was set back',
      ['HSET', 'restsUntil', '9000000000000', 'heldUntil', '9000000000000'],
    ],
  ] as const)('begins anew when the stored count %s', async (_, [command, ...values]) => {
    await server.cli(command, 'test:credential:key-1', ...values);
    const [one, other] = [await instance(), await instance()];
    await one.acquire(forever);
    expect(await mayTry(other)).toBe(false);
    const refused = [await one.refused(false), await other.refused(false), await one.refused(false)];
    expect(refused.map((until) => until === null)).toEqual([true, true, false]);
  });

  it('ends with a success, and is kept separately for each credential', async () => {
    const [one, other] = [await instance(), await instance('key-2')];
    for (let refusal = 0; refusal < 3; refusal += 1) await one.refused(false);
    await other.acquire(forever);
    await expect(one.acquire(forever)).rejects.toBeInstanceOf(CredentialResting);
    await one.accepted();
    await one.acquire(forever);
  });

  it('starts a rest after a single refusal when Redis is away', async () => {
    const [one, other] = [await instance(), await instance()];
    await one.acquire(forever);
    await one.refused(false);
    await server.kill();
    await expect(one.acquire(forever)).rejects.toBeInstanceOf(CredentialResting);
    await other.acquire(forever);
    expect(await other.refused(false)).not.toBeNull();
    await expect(other.acquire(forever)).rejects.toBeInstanceOf(CredentialResting);
    await server.start();
  });

  it('counts refused renewals of six instances, and lets calls go on', async () => {
    const gates = await Promise.all(
      Array.from({ length: 6 }, async () => new CredentialGate(await instance())),
    );
    for (const gate of gates) await gate.run(() => Promise.resolve('answer'), forever);
    let fetches = 0;
    const fetchToken = () => {
      fetches += 1;
      return Promise.reject(new CredentialRefused({ status: 401, code: null, requestId: null }));
    };
    for (let round = 0; round < 2; round += 1) await Promise.all(gates.map((gate) => gate.renew(fetchToken)));
    // HSS locks after five.
    expect(fetches).toBe(3);
    for (const gate of gates) expect(await gate.run(() => Promise.resolve('answer'), forever)).toBe('answer');
  });
});
