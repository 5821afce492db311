import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

describe('a rolling upgrade', () => {
  it('fails no request, stays warm and within the rate, also with a new key', async () => {
    const findings = await checks['upgrade']!(shortScale);
    const missed = findings.filter(({ isMet }) => !isMet);
    expect(missed.length > 0 ? table('upgrade', findings) : '').toBe('');
  }, 900_000);
});
