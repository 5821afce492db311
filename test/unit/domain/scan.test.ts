import { describe, expect, it } from '@jest/globals';
import { isUnsettled, scanOfCopies, scanStatuses } from '../../../src/domain/scan.js';

const scan = (status: string | null, day = 0) => ({
  status,
  scannedAt: day === 0 ? null : `2026-01-0${day}T00:00:00.000Z`,
  failure: null,
});

describe('the scan of several copies of an image', () => {
  it.each([
    ['the newest completed one', [scan('completed', 1), scan('completed', 3), scan('completed', 2)], 1],
    ['a completed one before a later failure', [scan('failed', 3), scan('completed', 1)], 1],
    ['a completed one beside a copy that waits', [scan('completed', 1), scan('waiting', 2)], 0],
    ['a completed one of an unknown time', [scan('scanning', 2), scan('completed')], 1],
    ['an end without a result before a running scan', [scan('scanning', 3), scan('oversized', 1)], 1],
    ['a word that HSS has added before a running scan', [scan('scanning', 3), scan('postponed')], 1],
    ['the furthest of those that run', [scan('not-scanned'), scan('scanning'), scan('waiting')], 1],
    ['a known status before an unknown one', [scan(null, 5), scan('not-scanned')], 1],
    ['the first of equal ones', [scan('waiting'), scan('waiting')], 0],
  ])('is %s', (_, scans, at) => {
    expect(scanOfCopies(scans)).toBe(scans[at]);
  });

  it('is nothing without copies', () => {
    expect(scanOfCopies([])).toBeUndefined();
  });
});

describe('a scan', () => {
  it('is settled only by a word that is known to end a scan', () => {
    const unsettled = [...scanStatuses, 'paused', null].filter((status) => isUnsettled(scan(status)));
    expect(unsettled).toEqual(['not-scanned', 'waiting', 'scanning', 'paused']);
  });
});
