import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

describe('the lag of the catalog behind HSS', () => {
  it('is within its goals for each kind of change', async () => {
    const findings = await checks['lag']!(shortScale);
    expect(findings.every(({ isMet }) => isMet) ? '' : table('lag', findings)).toBe('');
  });
});
