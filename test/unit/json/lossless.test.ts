import { describe, expect, it } from '@jest/globals';
import fc from '../../support/fast-check.js';
import { narrowInteger, parseJson, stringifyJson, toInteger } from '../../../src/json/lossless.js';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe('parseJson', () => {
  it.each([
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['\n9007199254740993', 9007199254740993n],
    ['[9007199254740993]', [9007199254740993n]],
    ['{"a":9007199254740993}', { a: 9007199254740993n }],
    ['{"a":\t-9007199254740993 ,"b":1}', { a: -9007199254740993n, b: 1 }],
    ['{"a" :9007199254740993}', { a: 9007199254740993n }],
    ['{"a"\n: 9007199254740993}', { a: 9007199254740993n }],
    ['[1,9007199254740993,2]', [1, 9007199254740993n, 2]],
    ['[9007199254740991]', [9007199254740991]],
    ['[9007199254740991,9007199254740992]', [9007199254740991, 9007199254740992n]],
    ['["9007199254740993"]', ['9007199254740993']],
    ['[0.12345678901234567,12345678901234567.5]', [0.12345678901234567, 12345678901234567.5]],
    ['[9007199254740993e3]', [9007199254740993e3]],
  ])('reads %j with every digit', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it('reads numbers far beyond an int64 quickly, without every digit', () => {
    expect(parseJson(`[${'9'.repeat(400)}]`)).toEqual([Infinity]);
    expect(typeof parseJson('9'.repeat(100_000))).toBe('number');
  });

  it('agrees with JSON.parse on everything else', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        // Beyond 2^53 the two differ on purpose.
        fc.pre(!/(^|[^.\d])\d{16}/.test(text));
        // The big number forces the exact parser.
        expect(parseJson(`[${text},9007199254740993]`)).toEqual([JSON.parse(text), 9007199254740993n]);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    "{'a':1}",
    '[01]',
    'undefined',
    'NaN',
    '[1] 2',
    '"\n"',
    '<html>',
    '\uFEFF{}',
  ])('refuses %j with and without a big number', (text) => {
    expect(() => parseJson(text)).toThrow();
    expect(() => parseJson(`[9007199254740993,${text}]`)).toThrow();
  });

  it('takes the last of several members with one name, like JSON.parse', () => {
    expect(parseJson('{"a":1,"a":9007199254740993}')).toEqual({ a: 9007199254740993n });
    expect(parseJson('{"a":9007199254740993,"a":null}')).toEqual({ a: null });
  });

  it('lets no member change a prototype', () => {
    const value = parseJson('{"__proto__":{"polluted":9007199254740993}}') as Record<string, unknown>;
    expect(value['polluted']).toBeUndefined();
    expect(Object.keys(value)).toEqual(['__proto__']);
  });

  it('throws on absurd nesting', () => {
    expect(() => parseJson('['.repeat(100_000) + '9007199254740993')).toThrow();
  });
});

describe('stringifyJson', () => {
  it('undoes parseJson for any int64 anywhere', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, int64, fc.string(), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    })).value;
    const narrowed = (given: unknown): unknown => {
      if (typeof given === 'bigint') return narrowInteger(given);
      if (Array.isArray(given)) return given.map(narrowed);
      if (typeof given !== 'object' || given === null) return given;
      return Object.fromEntries(Object.entries(given).map(([name, member]) => [name, narrowed(member)]));
    };
    fc.assert(
      fc.property(value, (given) => {
        expect(parseJson(stringifyJson(given))).toEqual(narrowed(given));
      }),
    );
  });

  it('writes the same with and without a bigint in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringifyJson([value, 1n])).toBe(`[${JSON.stringify(value)},1]`);
      }),
    );
    expect(stringifyJson({ a: undefined, b: [undefined, NaN], c: 1n })).toBe('{"b":[null,null],"c":1}');
  });

  it('throws errors that do not come from bigints', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(() => stringifyJson(circle)).toThrow(TypeError);
  });
});

describe('toInteger', () => {
  it('reads any int64 as number, bigint and text', () => {
    fc.assert(
      fc.property(int64, (value) => {
        expect(toInteger(value)).toBe(narrowInteger(value));
        expect(toInteger(String(value))).toBe(narrowInteger(value));
        expect(toInteger(` ${value}\n`)).toBe(narrowInteger(value));
      }),
    );
    expect(toInteger(5)).toBe(5);
    expect(toInteger('+5')).toBe(5);
  });

  it.each([
    [null],
    [undefined],
    [''],
    [' '],
    ['1,000 (bytes)'],
    ['1.0'],
    ['1e3'],
    ['0x10'],
    ['--1'],
    ['9223372036854775808'],
    ['-9223372036854775809'],
    ['9'.repeat(50)],
    [2n ** 63n],
    [1.5],
    [2 ** 53],
    [NaN],
    [Infinity],
    [true],
    [[]],
    [[1]],
    [{}],
  ])('is null for %p', (value) => {
    expect(toInteger(value)).toBeNull();
  });
});
