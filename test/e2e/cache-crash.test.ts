import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { consumers, Fleet, type Member } from '../long/fleet.js';

const { key } = consumers[0]!;

/** Processes of their own: what crashes says nothing to anybody. */
describe('a fleet whose member dies in mid-load', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start({
      limit: { limit: 100, windowMs: 10_000 },
      deadlineMs: 15_000,
      members: 3,
      forMs: 0,
      outageMs: 0,
      crowd: 0,
      mostOdd: 0,
      mostInFront: 0,
      leastShare: 0,
      mishapEveryMs: 0,
      catalogRuns: 0,
    });
  }, 120_000);

  afterAll(() => fleet.end());

  it('answers everybody with one more call, a few seconds later', async () => {
    const { emulator, members } = fleet;
    const get = ({ url }: Member, name = 'mid-load') =>
      fetch(`${url}/v1/registry-images?name=${name}`, { headers: { 'X-API-Key': key } });
    const [holder, ...others] = [...members] as [Member, Member, Member];
    // A credential that was never accepted goes out one call at a time in the whole fleet.
    for (const [index, member] of members.entries())
      expect((await get(member, `accepted-${index}`)).status).toBe(200);
    emulator.journal.clear();
    emulator.faults.schedule({ kind: 'hang', times: 1 });
    const lost = get(holder).catch(() => 'lost');
    await emulator.journal.arrivals(1);
    const waiting = others.flatMap((member) => [get(member), get(member), get(member)]);
    // They have to be waiting for it when it dies.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const diedAt = performance.now();
    await fleet.kill(holder);
    expect(await lost).toBe('lost');
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    const tookMs = performance.now() - diedAt;
    // A lost instance is missed after 4 s, and the next look at the queue is a second later at the most.
    expect(tookMs).toBeLessThan(8_000);
    expect(emulator.journal.calls()).toHaveLength(2);
    expect(fleet.complaints).toEqual([]);
  }, 60_000);
});
