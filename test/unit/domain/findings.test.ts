import { describe, expect, it } from '@jest/globals';
import { findingsOf, worstRows } from '../../../src/domain/findings.js';
import { severities, severityRank } from '../../../src/domain/severity.js';

const row = (severity: string | null, vulnerabilities: number | bigint | null) => ({
  severity,
  findingCounts: { vulnerabilities, unsafeSettings: null, maliciousFiles: null },
});

describe('severities', () => {
  it('rank from not assessed to a word that HSS has added', () => {
    const ranks = [null, ...severities, 'critical'].map(severityRank);
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect(new Set(ranks).size).toBe(ranks.length);
  });
});

describe('the findings of several rows', () => {
  it.each([
    { rows: [row('high', 1), row('none', 9)], severity: 'high', vulnerabilities: 9 },
    { rows: [row('critical', 1), row('none', null)], severity: 'critical', vulnerabilities: 1 },
    { rows: [row(null, null), row('none', 0)], severity: 'none', vulnerabilities: 0 },
    { rows: [row(null, 2n ** 53n + 1n), row('low', 5)], severity: 'low', vulnerabilities: 2n ** 53n + 1n },
    { rows: [], severity: null, vulnerabilities: null },
  ])('are the worst of each field: $severity', ({ rows, severity, vulnerabilities }) => {
    for (const some of [rows, rows.toReversed()])
      expect(findingsOf(worstRows(some))).toEqual(row(severity, vulnerabilities));
  });
});
