import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCacheFleet } from '../long/cache-fleet.js';
import { shortScale } from '../long/checks.js';
import { day } from '../long/day.js';
import { table } from '../long/findings.js';
import { consumers, type Fleet, type Member } from '../long/fleet.js';
import { purgesIn } from '../long/purges.js';
import { redisKilledIn } from '../long/redis-away.js';
import { traceIn } from '../long/trace.js';
import { aWhile } from '../support/until.js';

const { key } = consumers[0]!;

/**
 * Short forms of the checks of `npm run check:long`, with real processes: a killed process sends no message to the other
 * instances.
 */
describe('the cache of a fleet of processes', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startCacheFleet(shortScale);
  });

  afterAll(() => fleet.end());

  it.each([
    ['costs one call per key and drawn life', traceIn],
    ['gives no old value after a purge is answered', purgesIn],
    ['serves on when Redis is killed, and agrees again', redisKilledIn],
  ])('%s', async (_title, check) => {
    const findings = await check(fleet, shortScale);
    expect(findings.every(({ isMet }) => isMet) ? '' : table('missed', findings)).toBe('');
  });

  it('answers all waiting callers with one more call when a loading member dies', async () => {
    const { emulator, members } = fleet;
    const get = ({ url }: Member) =>
      fetch(`${url}/v1/local-images?name=mid-load`, { headers: { 'X-API-Key': key } });
    const [holder, ...others] = [...members] as [Member, Member, Member];
    emulator.journal.clear();
    // Another API than before: refreshes of earlier requests may still be under way.
    const api = 'ListImageLocal';
    emulator.faults.schedule({ kind: 'hang', times: 1, api });
    const lost = get(holder).catch(() => 'lost');
    await emulator.journal.arrivals(1, api);
    const waiting = others.flatMap((member) => [get(member), get(member), get(member)]);
    // These requests must be waiting for the member when it dies.
    await aWhile(300);
    await fleet.kill(holder);
    expect(await lost).toBe('lost');
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    // The other instances miss the lost member after 4 s, within the deadline of 15 s.
    expect(emulator.journal.calls(api)).toHaveLength(2);
    expect(fleet.complaints).toEqual([]);
  });
});

/** Runs in this process, because only here the service can get a clock. */
describe('the cache on a simulated day', () => {
  it('gives back all memory, timers and handles', async () => {
    const findings = await day(shortScale);
    expect(findings.every(({ isMet }) => isMet) ? '' : table('missed', findings)).toBe('');
  });
});
