// Consumers with namespaces: short forms of `npm run check:long isolation`.
import { describe, expect, it } from '@jest/globals';
import { neverSees, sameWork } from '../long/isolation.js';
import { table, type Finding } from '../long/findings.js';

const met = (findings: Finding[]) =>
  findings.every(({ isMet }) => isMet) ? '' : table('isolation', findings);

describe('a consumer with namespaces', () => {
  it('gets the answers that it would get if nothing else were there', async () => {
    expect(met(await neverSees(250))).toBe('');
  });

  it("causes equal work for what is absent and what is another's", async () => {
    expect(met(await sameWork(0))).toBe('');
  });
});
