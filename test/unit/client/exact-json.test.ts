import { describe, expect, it } from '@jest/globals';
import { parseExact, type Int64Places } from '../../../clients/typescript/src/exact-json.js';

const places: Int64Places = { size: true, items: { size: true, counts: { high: true } } };

const cases: [title: string, text: string, read: unknown][] = [
  ['a small int64', '{"size":7}', { size: '7' }],
  ['an int64 above 2^53', '{"size":9007199254740993}', { size: '9007199254740993' }],
  ['the smallest int64', '{"size":-9223372036854775808}', { size: '-9223372036854775808' }],
  ['no int64', '{"size":null}', { size: null }],
  ['a list', '{"items":[{"size":1},{"size":2}]}', { items: [{ size: '1' }, { size: '2' }] }],
  ['an inner object', '{"items":[{"counts":{"high":3}}]}', { items: [{ counts: { high: '3' } }] }],
  ['a missing object', '{"items":[{"counts":null}]}', { items: [{ counts: null }] }],
  ['another number', '{"limit":10,"rate":0.12345678901234567890}', { limit: 10, rate: 0.12345678901234568 }],
  ['a long power', '{"limit":1e20}', { limit: 1e20 }],
  ['digits in a text', '{"id":"9007199254740993"}', { id: '9007199254740993' }],
  [
    'digits behind a quote in a text',
    '{"id":"\\\\\\":9007199254740993","size":1}',
    { id: '\\":9007199254740993', size: '1' },
  ],
  ['digits in a name', '{"9007199254740993":1}', { '9007199254740993': 1 }],
  ['a long integer behind a space', '{"value": 9007199254740993}', { value: '9007199254740993' }],
  ['a long integer elsewhere', '{"value":9007199254740993}', { value: '9007199254740993' }],
  [
    'a list of long integers',
    '[9007199254740993,-9007199254740993]',
    ['9007199254740993', '-9007199254740993'],
  ],
];

describe('exact JSON of the client', () => {
  it.each(cases)('reads %s', (_, text, read) => {
    expect(parseExact(text, places)).toEqual(read);
  });

  it('leaves numbers where no int64 is known', () => {
    expect(parseExact('{"size":7}', undefined)).toEqual({ size: 7 });
  });

  it.each(['', '{"size":9007199254740993', '<html>'])('refuses %j', (text) => {
    expect(() => parseExact(text, places)).toThrow(SyntaxError);
  });
});
