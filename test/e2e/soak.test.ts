import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

describe('a soak', () => {
  it('gives no wrong answer, keeps the rate, and grows nothing, whatever fails', async () => {
    const findings = await checks['soak']!({ ...shortScale, members: 2 });
    const missed = findings.filter(({ isMet }) => !isMet);
    expect(missed.length > 0 ? table('soak', findings) : '').toBe('');
  }, 600_000);
});
