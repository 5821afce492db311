import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

describe('random requests over the OpenAPI document', () => {
  it('get one answer each, as described, and refusals cost no call', async () => {
    const findings = await checks['fuzz']!(shortScale);
    expect(findings.every(({ isMet }) => isMet) ? '' : table('fuzz', findings)).toBe('');
  });
});
