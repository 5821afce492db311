import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { IntegerParameter, TextParameter } from '../../../src/http/parameters.js';
import { StrictValidationPipe } from '../../../src/http/validation.js';

class ByName {
  @TextParameter(8, 'A name')
  name?: string;
}

class BySize {
  @IntegerParameter({ min: 1, max: 9, default: 5 }, 'A size')
  size?: string;
}

/** A second DTO class with the name of the first. */
class Numbered {
  @IntegerParameter({ min: 1, max: 9, default: 5 }, 'A number that is called name')
  name?: string;
}
const Namesake = Object.defineProperty(Numbered, 'name', { value: 'ByName' });

const pipe = new StrictValidationPipe();
const check = (query: object, metatype: new () => object) =>
  pipe.transform(query, { type: 'query', metatype });

describe('the validation of a query', () => {
  it('returns the same frozen object for a query that passed before', async () => {
    const first = await check({ name: 'a' }, ByName);
    expect(first).toBeInstanceOf(ByName);
    expect(await check({ name: 'a' }, ByName)).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(await check({ name: 'b' }, ByName)).toEqual({ name: 'b' });
  });

  it('checks a query separately for each route', async () => {
    await check({ name: 'a' }, ByName);
    await expect(check({ name: 'a' }, BySize)).rejects.toThrow('Invalid: name');
    await expect(check({ name: 'a' }, Namesake)).rejects.toThrow('Invalid: name');
  });

  it('refuses a wrong query every time', async () => {
    for (const query of [{ name: 'longer than 8' }, { other: '1' }, { name: ['a', 'b'] }])
      for (let turn = 0; turn < 2; turn += 1) await expect(check(query, ByName)).rejects.toThrow('Invalid');
  });
});
