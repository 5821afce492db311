import { describe, expect, it } from '@jest/globals';
import fc from '../../support/fast-check.js';
import { link } from '../../../src/http/links.js';
import { parseQueryString } from '../../../src/http/query-string.js';

const parse = (text: string) => Object.fromEntries(Object.entries(parseQueryString(text)));

describe('parseQueryString', () => {
  it.each([
    ['', {}],
    ['&&', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['=a', { '': 'a' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=1&a=2&a=3', { a: ['1', '2', '3'] }],
    ['a=1&%61=2', { a: ['1', '2'] }],
    ['a+b=c+d', { 'a b': 'c d' }],
    ['a=%2B%20%25', { a: '+ %' }],
    ['a=%E9%95%9C', { a: '镜' }],
    ['a[]=1&a[b]=2', { 'a[]': '1', 'a[b]': '2' }],
    ['a=%zz', { a: '%zz' }],
    ['a=%ff', { a: '%ff' }],
  ])('reads %j', (text, query) => expect(parse(text)).toEqual(query));

  it('treats names such as __proto__ like other names', () => {
    const query = parseQueryString('__proto__=1&constructor=2&toString=3&__proto__=4');
    expect(Object.getPrototypeOf(query)).toBeNull();
    expect(Object.entries(query)).toEqual([
      ['__proto__', ['1', '4']],
      ['constructor', '2'],
      ['toString', '3'],
    ]);
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseQueryString(text)));
  });

  it('reads the links of link(), which omits undefined parameters', () => {
    const values = fc.dictionary(
      fc.stringMatching(/^[A-Za-z]{1,9}$/),
      fc.string({ minLength: 1, unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(values, (query) => {
        const [path, text = ''] = link('/v1/x', { ...query, '-': undefined }).split('?');
        expect(path).toBe('/v1/x');
        expect(parse(text)).toEqual({ ...query });
      }),
    );
  });
});
