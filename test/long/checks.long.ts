import { describe, expect, it } from '@jest/globals';
import { realProcess } from '../support/real-process.js';
import { checksNamed, longScale } from './checks.js';
import { table } from './findings.js';

/** `npm run check:long [NAME]` takes real minutes, so `npm test` runs only a short form of each check. */
describe('long check', () => {
  for (const [name, check] of checksNamed(process.env['LONG_CHECK']))
    it(
      name,
      async () => {
        const findings = await check(longScale);
        realProcess.stdout.write(`\n${table(name, findings)}`);
        expect(findings.filter(({ isMet }) => !isMet)).toEqual([]);
      },
      3 * 3_600_000,
    );
});
