/** Repeatable random values: the same seed text gives the same rows on every machine and in every run. */
import { hash } from 'node:crypto';

// Read once: inside Jest, where the tests run, each access to a global is slow.
const { floor, imul } = Math;

export class SeededRandom {
  #state: number;

  constructor(seedText: string) {
    this.#state = Number.parseInt(fakeHex(seedText).slice(0, 8), 16);
  }

  /** 0 ≤ x < 1 (mulberry32). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Both ends included. */
  integer(min: number, max: number): number {
    return min + floor(this.fraction() * (max - min + 1));
  }

  /** 0 to max, small values far more often than large values. */
  skewed(max: number): number {
    return floor(max * this.fraction() ** 6);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.integer(0, list.length - 1)] as T;
  }

  /** Each choice is a value and its weight. */
  weighted<T>(choices: readonly [readonly [T, number], ...(readonly [T, number])[]]): T {
    const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.fraction() * total;
    for (const [value, weight] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    return choices[0][0];
  }
}

export function fakeHex(text: string): string {
  return hash('sha256', text);
}

export const fakeDigest = (text: string): string => `sha256:${fakeHex(text)}`;

export function fakeUuid(text: string): string {
  const hex = fakeHex(text);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
