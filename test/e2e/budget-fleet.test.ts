import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

/** The short form of each long check; `npm run check:long` takes real minutes. */
describe('the call budget of a fleet', () => {
  async function expectMet(...names: string[]): Promise<void> {
    const tables = await Promise.all(
      names.map(async (name) => {
        const findings = await checks[name]!(shortScale);
        return findings.every(({ isMet }) => isMet) ? '' : table(name, findings);
      }),
    );
    expect(tables.join('')).toBe('');
  }

  it('is used up, never exceeded, and promises are kept', () => expectMet('budget'), 60_000);

  it(
    'holds when members and Redis die, HSS fails, and clocks are off',
    () => expectMet('kills', 'outage', 'clock'),
    60_000,
  );

  it(
    'leaves HSS alone when told to, and is shared with background work and a crowd',
    () => expectMet('pushback', 'background', 'greedy'),
    60_000,
  );
});
