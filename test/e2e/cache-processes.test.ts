import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCacheFleet } from '../long/cache-fleet.js';
import { shortScale } from '../long/checks.js';
import { day } from '../long/day.js';
import { table } from '../long/findings.js';
import { consumers, type Fleet, type Member } from '../long/fleet.js';
import { purgesIn } from '../long/purges.js';
import { redisKilledIn } from '../long/redis-away.js';
import { traceIn } from '../long/trace.js';

const { key } = consumers[0]!;

/** Processes of their own: what is killed says nothing to anybody. The checks of `npm run check:long` in a short form. */
describe('the cache of a fleet of processes', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startCacheFleet(shortScale);
  }, 240_000);

  afterAll(() => fleet.end());

  it.each([
    ['costs one call per key and drawn life', traceIn],
    ['gives nothing old once a purge was answered', purgesIn],
    ['serves on when Redis is killed, and agrees again', redisKilledIn],
  ])(
    '%s',
    async (_title, check) => {
      const findings = await check(fleet, shortScale);
      expect(findings.every(({ isMet }) => isMet) ? '' : table('missed', findings)).toBe('');
    },
    240_000,
  );

  it('answers everybody with one more call when a member dies in mid-load', async () => {
    const { emulator, members } = fleet;
    const get = ({ url }: Member) =>
      fetch(`${url}/v1/local-images?name=mid-load`, { headers: { 'X-API-Key': key } });
    const [holder, ...others] = [...members] as [Member, Member, Member];
    emulator.journal.clear();
    // An API of its own: refreshes of what was asked before may still be under way.
    const api = 'ListImageLocal';
    emulator.faults.schedule({ kind: 'hang', times: 1, api });
    const lost = get(holder).catch(() => 'lost');
    await emulator.journal.arrivals(1, api);
    const waiting = others.flatMap((member) => [get(member), get(member), get(member)]);
    // They have to be waiting for it when it dies.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await fleet.kill(holder);
    expect(await lost).toBe('lost');
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    // Within the deadline of 15 s: a lost instance is missed after 4 s.
    expect(emulator.journal.calls(api)).toHaveLength(2);
    expect(fleet.complaints).toEqual([]);
  }, 240_000);
});

/** In this process: only here can a clock be given. */
describe('the cache on a simulated day', () => {
  it('gives back what it took', async () => {
    const findings = await day(shortScale);
    expect(findings.every(({ isMet }) => isMet) ? '' : table('missed', findings)).toBe('');
  }, 240_000);
});
