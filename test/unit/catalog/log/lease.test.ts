import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { Lease } from '../../../../src/catalog/log/lease.js';
import { FakeLogRedis } from '../../../support/catalog/fake-log-redis.js';
import { TestClock } from '../../../support/test-clock.js';

const second = 1_000;
const leaseKey = 'lease';

describe('the lease of the syncing instance', () => {
  let redis: FakeLogRedis;
  let clock: TestClock;
  const leases: Lease[] = [];

  beforeEach(() => {
    redis = new FakeLogRedis();
    redis.head = { epoch: 'e', version: '1' };
    clock = TestClock.still();
  });

  afterEach(async () => {
    for (const lease of leases.splice(0)) await lease.close();
    expect(clock.pendingTimers).toBe(0);
  });

  async function start(instance: string) {
    const heard: string[] = [];
    const lease = new Lease(redis.link, clock, leaseKey, 'head', () => ({ instance, error: null }), {
      held: () => heard.push('held'),
      lost: () => heard.push('lost'),
      logIsGone: () => heard.push('log is gone'),
    });
    leases.push(lease);
    lease.start();
    await settle();
    return { lease, heard };
  }

  const settle = async () => {
    for (let turns = 0; turns < 5; turns += 1) await eventLoopTurn();
  };

  async function pass(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 1) {
      clock.advance(second);
      await settle();
    }
  }

  /** A holder that has died: the beat stays the same. */
  const leaveDead = () => redis.values.set(leaseKey, 'dead 7 {"instance":"dead","error":null}');

  it.each<[string, () => unknown, number]>([
    ['a missing lease is left to its holder for three seconds', () => undefined, 4],
    ['a lease without a new beat is free after six seconds', leaveDead, 6],
    ['a released lease is free at once', () => redis.values.set(leaseKey, 'released'), 0],
  ])('%s', async (_title, prepare, seconds) => {
    prepare();
    const one = await start('one');
    if (seconds > 0) {
      await pass(seconds - 1);
      expect(one.lease.isHeld).toBe(false);
      await pass(1);
    }
    expect(one.lease.isHeld).toBe(true);
    expect(one.heard).toEqual(['held']);
  });

  it('stays with a holder that writes beats', async () => {
    const one = await start('one');
    await pass(4);
    const other = await start('other');
    await pass(60);
    expect([one.heard, other.heard]).toEqual([['held'], []]);
    expect(other.lease.note).toEqual({ instance: 'one', error: null });
  });

  it('does not count the time without Redis', async () => {
    leaveDead();
    const one = await start('one');
    redis.isAway = true;
    await pass(60);
    redis.isAway = false;
    await pass(2);
    expect(one.lease.isHeld).toBe(false);
    await pass(6);
    expect(one.lease.isHeld).toBe(true);
  });

  it('does not count the time while this process was suspended', async () => {
    leaveDead();
    const one = await start('one');
    clock.advance(60 * second);
    await settle();
    expect(one.lease.isHeld).toBe(false);
  });

  it('is lost once when another instance has the lease', async () => {
    const one = await start('one');
    await pass(4);
    leaveDead();
    await pass(4);
    expect(one.heard).toEqual(['held', 'lost']);
    expect(one.lease.note?.instance).toBe('dead');
  });

  it('stays with its holder when Redis has lost it', async () => {
    const one = await start('one');
    await pass(4);
    redis.empty();
    await pass(2);
    expect(one.lease.isHeld).toBe(true);
    expect(one.heard).toEqual(['held', 'log is gone']);
  });

  it('is released when its holder closes', async () => {
    const one = await start('one');
    await pass(4);
    await one.lease.close();
    expect(redis.values.get(leaseKey)).toBe('released');
  });

  it('goes to one of two instances that ask at the same time', async () => {
    leaveDead();
    const both = [await start('one'), await start('other')];
    await pass(20);
    expect(both.flatMap(({ heard }) => heard)).toEqual(['held']);
  });

  it('has no note when its value cannot be read', async () => {
    redis.values.set(leaseKey, 'dead 7 {');
    const one = await start('one');
    expect(one.lease.note).toBeNull();
  });
});
