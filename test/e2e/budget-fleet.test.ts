import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

/** The short form of each long check: `npm run check:long` takes real minutes. */
describe('the call budget of a fleet of processes', () => {
  for (const [name, check] of Object.entries(checks))
    it(`keeps its promises: ${name}`, async () => {
      const findings = await check(shortScale);
      const missed = findings.filter(({ isMet }) => !isMet);
      if (missed.length > 0) throw new Error(table(name, findings));
      expect(missed).toEqual([]);
    }, 60_000);
});
