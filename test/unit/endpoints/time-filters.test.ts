import { describe, expect, it } from '@jest/globals';
import { timeFilters } from '../../../src/endpoints/lists/time-filters.js';
import type { FieldError } from '../../../src/http/problem.js';

const now = Date.UTC(2026, 10, 21, 10, 0, 30);
const [five, six] = ['1700000000005', '1700000000006'];
const int64Max = '9223372036854775807';
const [start, end] = ['start_latest_update_time', 'end_latest_update_time'];

function read(updatedAfter: string | undefined, updatedBefore: string | undefined, mayBeEqual = true) {
  const errors: FieldError[] = [];
  const given = {
    ...(updatedAfter === undefined ? {} : { updatedAfter }),
    ...(updatedBefore === undefined ? {} : { updatedBefore }),
  };
  return { ...timeFilters(given, mayBeEqual, now, errors), errors };
}

describe('a pair of time filters', () => {
  it('is nothing when neither side is given', () => {
    expect(read(undefined, undefined)).toEqual({ query: {}, openEnds: [], errors: [] });
  });

  it('gets 0 as its start, and leaves a missing end to the call', () => {
    expect(read(undefined, five)).toEqual({ query: { [start]: '0', [end]: five }, openEnds: [], errors: [] });
    expect(read(five, undefined)).toEqual({ query: { [start]: five }, openEnds: [end], errors: [] });
  });

  it('accepts both forms of a time, up to the last int64', () => {
    expect(read('2020-01-01T02:00:00+02:00', int64Max).query).toEqual({
      [start]: String(Date.UTC(2020, 0, 1)),
      [end]: int64Max,
    });
  });

  it('leaves an unreadable time to the check of the parameter', () => {
    expect(read('yesterday', undefined)).toEqual({ query: {}, openEnds: [], errors: [] });
  });

  it.each([
    [six, five, true, ['updatedAfter']],
    [six, five, false, ['updatedAfter']],
    [five, five, true, []],
    [five, five, false, ['updatedAfter']],
    [String(now), undefined, true, []],
    [String(now), undefined, false, ['updatedAfter']],
    [String(now + 1), undefined, true, ['updatedAfter']],
    [int64Max, undefined, true, ['updatedAfter']],
    [undefined, '0', false, ['updatedAfter']],
  ])('from %s to %s (equal: %s) has the errors %j', (after, before, mayBeEqual, fields) => {
    expect(read(after, before, mayBeEqual).errors.map(({ field }) => field)).toEqual(fields);
  });
});
