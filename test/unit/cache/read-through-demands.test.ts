import { describe, expect, it } from '@jest/globals';
import { NotCached } from '../../../src/cache/read-through-cache.js';
import { until } from '../../support/until.js';
import { freshMs, OwnerFails, settled, setUpReading } from '../../support/cache-reading.js';

describe('reading with a freshness demand', () => {
  it('fails rather than serve a value older than max-age', async () => {
    const { clock, source, read } = setUpReading();
    await read();
    clock.advance(11_000);
    source.failure = new OwnerFails('HSS is throttling');
    await expect(read({ maxAgeMs: 0 })).rejects.toBe(source.failure);
    expect(await read()).toMatchObject({ outcome: 'hit', status: 'fresh' });
    source.failure = undefined;
    clock.advance(1_000);
    expect(await read({ maxAgeMs: 5_000 })).toMatchObject({
      entry: { value: 'value-3' },
      outcome: 'request',
    });
  });

  it('serves nothing stale to a consumer that demands fresh values', async () => {
    const { clock, source, read } = setUpReading();
    await read();
    clock.advance(freshMs);
    expect(await read({ mustBeFresh: true })).toMatchObject({
      entry: { value: 'value-2' },
      status: 'fresh',
      outcome: 'stale',
    });
    clock.advance(freshMs);
    source.failure = new OwnerFails('HSS is down');
    await expect(read({ mustBeFresh: true })).rejects.toBe(source.failure);
    await expect(read({ mustBeFresh: true, maxStaleMs: 1e9 })).rejects.toBe(source.failure);
    expect(await read()).toMatchObject({ status: 'stale', error: source.failure });
    expect(source.loads).toBe(3);
  });

  it('never loads for only-if-cached', async () => {
    const { clock, source, read } = setUpReading();
    await expect(read({ onlyIfCached: true })).rejects.toBeInstanceOf(NotCached);
    await read();
    expect(await read({ onlyIfCached: true })).toMatchObject({ outcome: 'hit' });
    clock.advance(freshMs);
    await expect(read({ onlyIfCached: true })).rejects.toBeInstanceOf(NotCached);
    expect(await read({ onlyIfCached: true, maxStaleMs: 1_000 })).toMatchObject({
      outcome: 'hit',
      status: 'stale',
    });
    expect(source.loads).toBe(1);
  });

  it('waits a second at most for a load past max-stale, and stores its value', async () => {
    const { clock, source, read } = setUpReading();
    await read();
    clock.advance(freshMs + 10_000);
    source.hang();
    const waiting = read({ maxStaleMs: 5_000 });
    await until(() => source.loads === 2);
    clock.advance(1_000);
    expect(await waiting).toMatchObject({ entry: { value: 'value-1' }, status: 'stale', outcome: 'stale' });
    source.goOn();
    await settled();
    expect(await read({ maxStaleMs: 5_000 })).toMatchObject({ entry: { value: 'value-2' }, status: 'fresh' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits as long for a walk with newer blocks; older blocks stand in', async () => {
    const { clock, source, read } = setUpReading();
    await read();
    clock.advance(freshMs);
    expect(await read({ fetchedSince: clock.now() - 10 })).toMatchObject({
      entry: { value: 'value-2' },
      outcome: 'stale',
    });
    clock.advance(freshMs);
    source.failure = new OwnerFails('HSS is down');
    expect(await read({ fetchedSince: clock.now() - 10 })).toMatchObject({
      entry: { value: 'value-2' },
      status: 'stale',
      error: source.failure,
    });
    expect(await read({ fetchedSince: clock.now() - 2 * freshMs })).toMatchObject({ outcome: 'hit' });
    expect(source.loads).toBe(3);
  });
});
