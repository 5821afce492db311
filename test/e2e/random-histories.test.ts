import { describe, expect, it } from '@jest/globals';
import { checks, shortScale } from '../long/checks.js';
import { table } from '../long/findings.js';

describe('the answers about rows of HSS that change at random', () => {
  it('show only what HSS said at the time of the part or later', async () => {
    const findings = await checks['answers']!(shortScale);
    expect(findings.every(({ isMet }) => isMet) ? '' : table('answers', findings)).toBe('');
  });
});
