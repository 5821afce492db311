import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

/** The short form of each long check; `npm run check:long` takes real minutes. */
describe('the call budget of a fleet', () => {
  // Each process costs seconds of a core to start, and others are started as these are killed.
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

  it(
    'is used up, never exceeded, and promises are kept, also when members and Redis die and HSS fails',
    () => expectMet('budget', 'kills', 'outage'),
    240_000,
  );

  it(
    'leaves HSS alone when told to, by any clock, and is shared with background work and a crowd',
    () => expectMet('pushback', 'clock', 'background', 'greedy'),
    240_000,
  );
});
