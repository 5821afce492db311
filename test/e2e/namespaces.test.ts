import { describe, expect, it } from '@jest/globals';
import { neverSees } from '../long/isolation.js';
import { table } from '../long/findings.js';

describe('a consumer with namespaces', () => {
  it('gets the answers that it would get if nothing else were there', async () => {
    const findings = await neverSees(Number(process.env['N'] ?? 300), Number(process.env['SEED'] ?? 16));
    console.log(table('x', findings));
    expect(findings.every(({ isMet }) => isMet) ? '' : table('isolation', findings)).toBe('');
  }, 240_000);
});
