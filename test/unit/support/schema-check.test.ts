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
    expect(check(either, 'x')).not.toEqual([]);
  });

  it('finds missing fields, undescribed fields, null and wrong types', () => {
    expect(check(schema, { b: ['1', 1.5] })).toEqual([
      expect.stringContaining("$ must have required property 'a'"),
      expect.stringContaining('$/b/0 must be integer'),
      expect.stringContaining('$/b/1 must be integer'),
    ]);
    expect(check(schema, { a: null, c: 1 })).toHaveLength(2);
    expect(check(schema, { a: '2026-01-31 12:00' })).toHaveLength(1);
  });

  it('finds undescribed fields behind a reference', () => {
    const components = { schemas: { Inner: { type: 'object', properties: { a: { type: 'string' } } } } };
    const outer = { type: 'object', properties: { inner: { $ref: '#/components/schemas/Inner' } } };
    expect(violations({ components }, outer, { inner: { a: 'x' } })).toEqual([]);
    expect(violations({ components }, outer, { inner: { b: 'x' } })).toHaveLength(1);
  });

  it('finds words outside of an enum', () => {
    expect(check({ type: 'string', enum: ['x'] }, 'y')).toHaveLength(1);
  });

  it('throws for an unknown keyword', () => {
    expect(() => check({ nullable: true }, 'y')).toThrow('nullable');
  });
});
