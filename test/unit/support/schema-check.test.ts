import { describe, expect, it } from '@jest/globals';
import { violations, type Schema } from '../../support/schema-check.js';

describe('the check of values against schemas', () => {
  const check = (schema: Schema, value: unknown) =>
    violations({ components: { schemas: {} } }, schema, value);
  const schema: Schema = {
    type: 'object',
    required: ['a'],
    properties: {
      a: { type: 'string', format: 'date-time' },
      b: { type: 'array', items: { type: 'integer' } },
    },
  };

  it('accepts a value that conforms', () => {
    expect(check(schema, { a: '2026-01-31T12:00:00.000Z', b: [1] })).toEqual([]);
  });

  it('accepts a value that one of several schemas describes', () => {
    const either: Schema = { anyOf: [{ type: 'integer' }, { type: 'boolean' }] };
    expect([check(either, 1), check(either, true)]).toEqual([[], []]);
    expect(check(either, 'x')).toEqual(['$ is no integer', '$ is no boolean']);
  });

  it('finds missing fields, undescribed fields, null and wrong types', () => {
    expect(check(schema, { b: ['1', 1.5] })).toEqual([
      '$.a is missing',
      '$.b[0] is no integer',
      '$.b[1] is no integer',
    ]);
    expect(check(schema, { a: null, c: 1 })).toEqual(['$.a is null', '$.c is not described']);
    expect(check(schema, { a: '2026-01-31 12:00' })).toEqual(['$.a is no time: 2026-01-31 12:00']);
  });

  it('finds words outside of an enum', () => {
    expect(check({ type: 'string', enum: ['x'] }, 'y')).toEqual(['$ is "y"']);
  });

  it('throws for an unknown keyword', () => {
    expect(() => check({ oneOf: [] } as Schema, 'y')).toThrow('not understood');
  });
});
