/**
 * Reads query parameters as strictly as HSS documents them; a wrong parameter is refused with HSS.0001. Unknown
 * parameters are never read and so ignored, as in HSS.
 */
import { invalidParameter } from '../refusal.js';

const maxOffset = 2_000_000;
const defaultLimit = 10;
const maxInt64 = 9_223_372_036_854_775_807n;

export class Parameters {
  constructor(private readonly values: ReadonlyMap<string, string>) {}

  /** `max` and `min` count characters. An empty text that is allowed means "not set". */
  text(name: string, max: number, min = 1): string | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    const length = Array.from(value).length;
    if (length < min || length > max) throw invalidParameter(name, `must have ${min} to ${max} characters`);
    return value === '' ? undefined : value;
  }

  word<Word extends string>(name: string, allowed: readonly Word[]): Word | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    const word = allowed.find((candidate) => candidate === value);
    if (word === undefined) throw invalidParameter(name, `must be one of ${allowed.join(', ')}`);
    return word;
  }

  /** Three values: undefined (not set) differs from false. */
  boolean(name: string): boolean | undefined {
    const word = this.word(name, ['true', 'false']);
    return word === undefined ? undefined : word === 'true';
  }

  /** An integer from 0 to the end of int64. */
  int64(name: string, max = maxInt64): bigint | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,19}$/.test(value) || BigInt(value) > max) {
      throw invalidParameter(name, `must be an integer from 0 to ${max}`);
    }
    return BigInt(value);
  }

  page(minLimit: number, maxLimit: number): { offset: number; limit: number } {
    const offset = Number(this.int64('offset', BigInt(maxOffset)) ?? 0);
    const limit = Number(this.int64('limit') ?? defaultLimit);
    if (limit < minLimit || limit > maxLimit) {
      throw invalidParameter('limit', `must be from ${minLimit} to ${maxLimit}`);
    }
    return { offset, limit };
  }
}
