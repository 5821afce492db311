import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

/** The short form of each long check; `npm run check:long` takes real minutes. */
describe('the call budget of a fleet', () => {
  // A process costs seconds of a core to start, and a new process starts for each killed process.
  const scale = { ...shortScale, members: 2 };

  async function expectMet(...names: string[]): Promise<void> {
    const tables = await Promise.all(
      names.map(async (name) => {
        const findings = await checks[name]!(scale);
        return findings.every(({ isMet }) => isMet) ? '' : table(name, findings);
      }),
    );
    expect(tables.join('')).toBe('');
  }

  it('is used up but never exceeded, even when members, Redis and HSS fail', () =>
    expectMet('budget', 'kills', 'outage'));

  it('stays small and rests when many stale keys were asked once', () => expectMet('idle'));

  it('obeys a 429, bears wrong clocks, and is shared with background work and crowds', () =>
    expectMet('pushback', 'clock', 'background', 'greedy'));
});
