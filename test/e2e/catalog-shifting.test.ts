import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

describe('the catalog, while rows shift between the calls of a walk', () => {
  it('equals HSS when the rows rest and one more reconciliation is done', async () => {
    const findings = await checks['catalog-shifting']!(shortScale);
    expect(findings.every(({ isMet }) => isMet) ? '' : table('catalog-shifting', findings)).toBe('');
  });
});
