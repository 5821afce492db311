import { describe, expect, it } from '@jest/globals';
import { readList } from '../../../src/hss/envelope.js';
import { UpstreamError } from '../../../src/hss/errors.js';

describe("HSS's list envelope", () => {
  it('consists of a total and rows', () => {
    expect(readList({ total_num: 2, data_list: [{ a: 1 }, { b: 2 }] })).toEqual({
      total: 2,
      rows: [{ a: 1 }, { b: 2 }],
    });
  });

  it.each([
    [450, 450],
    ['450', 450],
    [9_007_199_254_740_993n, 9_007_199_254_740_993n],
    ['9223372036854775807', 9_223_372_036_854_775_807n],
    [0, 0],
    [null, null],
    [undefined, null],
    [-1, null],
    ['many', null],
    [1.5, null],
    [{}, null],
  ])('reads the total leniently: %p is %p', (given, total) => {
    expect(readList({ total_num: given, data_list: [] }).total).toBe(total);
  });

  it.each([[{}], [{ total_num: 0 }], [{ total_num: '0' }], [{ total_num: null, data_list: null }]])(
    'without rows is empty when none were announced: %j',
    (body) => {
      expect(readList(body).rows).toEqual([]);
    },
  );

  it.each([
    [{ total_num: 3 }],
    [{ total_num: '3', data_list: null }],
    [{ total_num: 'many' }],
    [{ total_num: -1 }],
    [{ total_num: 0, data_list: { '0': {} } }],
    [{ total_num: 0, data_list: 'none' }],
    [{ total_num: 0, data_list: 0 }],
    [undefined],
    [null],
    ['<html>'],
    [[]],
    [7],
  ])('is refused if it would wrongly read as "no rows": %j', (body) => {
    expect(() => readList(body)).toThrow(UpstreamError);
    expect(() => readList(body)).toThrow(expect.objectContaining({ code: 'upstream-invalid-response' }));
  });

  it('keeps the place of a row that is not an object', () => {
    expect(readList({ data_list: [{ a: 1 }, null, 'x', [1], { b: 2 }] }).rows).toEqual([
      { a: 1 },
      {},
      {},
      {},
      { b: 2 },
    ]);
  });
});
