import { describe, expect, it } from '@jest/globals';
import { timeRange } from '../../../src/endpoints/lists/time-range.js';
import type { FieldError } from '../../../src/http/problem.js';

const now = Date.UTC(2026, 10, 21, 10, 0, 30);
const [five, six] = ['1700000000005', '1700000000006'];
const nextMinute = String(Date.UTC(2026, 10, 21, 10, 1));

function read(after: string | undefined, before: string | undefined, mayBeEqual = true, at = now) {
  const errors: FieldError[] = [];
  return { range: timeRange('updated', after, before, mayBeEqual, at, errors), errors };
}

describe('a pair of time filters', () => {
  it('is nothing when neither side is given', () => {
    expect(read(undefined, undefined)).toEqual({ range: undefined, errors: [] });
  });

  it('gets 0 as its start, and the end of this minute as its end', () => {
    expect(read(undefined, five).range).toEqual({ start: '0', end: five });
    expect(read(five, undefined).range).toEqual({ start: five, end: nextMinute });
    expect(read(five, undefined, true, Number(nextMinute)).range).toEqual({
      start: five,
      end: nextMinute,
    });
  });

  it('accepts both forms of a time, up to the last int64', () => {
    expect(read('2020-01-01T02:00:00+02:00', '9223372036854775807').range).toEqual({
      start: String(Date.UTC(2020, 0, 1)),
      end: '9223372036854775807',
    });
  });

  it.each([
    [six, five, true, ['updatedAfter']],
    [six, five, false, ['updatedAfter']],
    [five, five, true, []],
    [five, five, false, ['updatedAfter']],
    ['9223372036854775807', undefined, true, ['updatedAfter']],
    [undefined, '0', false, ['updatedAfter']],
  ])('from %s to %s (equal: %s) has the errors %j', (after, before, mayBeEqual, fields) => {
    expect(read(after, before, mayBeEqual).errors.map(({ field }) => field)).toEqual(fields);
  });
});
