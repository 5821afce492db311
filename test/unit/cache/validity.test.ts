import { describe, expect, it } from '@jest/globals';
import { bothValid, isValid, neverValid, type Dependency } from '../../../src/cache/validity.js';
import { freshMs, setUpReading } from '../../support/cache-reading.js';

/** A store whose versions a test sets. */
class Versions {
  readonly #versions = new Map<string, number>();

  versionOf(key: string): number | undefined {
    return this.#versions.get(key);
  }

  set(key: string, version: number): void {
    this.#versions.set(key, version);
  }

  dependencyOn(key: string): Dependency {
    return { store: this, key, version: this.versionOf(key) };
  }
}

describe('the validity of an answer', () => {
  it('ends at its time, even without dependencies', () => {
    const validity = { until: 100, dependencies: [] };
    expect([99, 100].map((now) => isValid(validity, now))).toEqual([true, false]);
    expect(isValid(neverValid, 0)).toBe(false);
  });

  it('ends when one of its versions has changed, or exists for the first time', () => {
    const store = new Versions();
    store.set('a', 1);
    const validity = { until: 100, dependencies: [store.dependencyOn('a'), store.dependencyOn('b')] };
    expect(isValid(validity, 0)).toBe(true);
    store.set('other', 1);
    expect(isValid(validity, 0)).toBe(true);
    store.set('b', 1);
    expect(isValid(validity, 0)).toBe(false);
    expect(isValid({ until: 100, dependencies: [store.dependencyOn('b')] }, 0)).toBe(true);
  });

  it('of two parts ends with the first of them, and lists each version once', () => {
    const store = new Versions();
    store.set('a', 1);
    store.set('b', 1);
    const a = { until: 100, dependencies: [store.dependencyOn('a')] };
    const ab = { until: 50, dependencies: [store.dependencyOn('a'), store.dependencyOn('b')] };
    expect(bothValid(a, ab)).toEqual(ab);
    expect(bothValid(a, neverValid).until).toBe(-Infinity);
    store.set('a', 2);
    const newer = { until: 100, dependencies: [store.dependencyOn('a')] };
    expect(isValid(bothValid(a, newer), 0)).toBe(false);
  });
});

describe('the validity of a reading', () => {
  it('ends with the fresh life', async () => {
    const { clock, read } = setUpReading();
    const { validity } = await read();
    expect(isValid(validity, clock.now() + freshMs - 1_000)).toBe(true);
    expect(isValid(validity, clock.now() + freshMs)).toBe(false);
  });

  it('ends with a purge or a newer value', async () => {
    const { clock, read, purge } = setUpReading();
    const first = await read();
    clock.advance(11_000);
    const second = await read({ maxAgeMs: 0 });
    expect([first, second].map(({ validity }) => isValid(validity, clock.now()))).toEqual([false, true]);
    purge('list:some');
    expect(isValid(second.validity, clock.now())).toBe(false);
  });

  it('ends when an entry must be compared with Redis, and begins again after that', async () => {
    const { clock, memory, read } = setUpReading();
    const { validity } = await read();
    memory.doubtAll();
    expect(isValid(validity, clock.now())).toBe(false);
    const [keyHash] = validity.dependencies.map(({ key }) => key);
    memory.confirm(keyHash!);
    expect(isValid(validity, clock.now())).toBe(true);
  });

  it('never begins for a stale value', async () => {
    const { source, read } = setUpReading();
    await read();
    source.isOutdatedNow = true;
    expect((await read()).validity).toBe(neverValid);
  });
});
