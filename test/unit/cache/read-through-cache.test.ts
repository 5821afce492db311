import { describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import { freshMs, lifetime, settled, setUpReading } from '../../support/cache-reading.js';

describe('reading through the cache', () => {
  it('loads a missing value, then serves it while it is fresh', async () => {
    const { clock, source, read } = setUpReading();
    expect(await read()).toMatchObject({
      entry: { value: 'value-1' },
      status: 'fresh',
      outcome: 'uri-miss',
      collapsed: false,
    });
    clock.advance(freshMs - 1_000);
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, status: 'fresh', outcome: 'hit' });
    expect(source.loads).toBe(1);
  });

  it('serves a value past its fresh life as stale and refreshes it once', async () => {
    const { clock, source, read } = setUpReading();
    await read();
    clock.advance(freshMs);
    source.hang();
    const stale = { entry: { value: 'value-1' }, status: 'stale', outcome: 'hit' };
    for (let reading = 0; reading < 5; reading += 1) {
      expect(await read()).toMatchObject(stale);
      await settled();
    }
    expect(source.loads).toBe(2);
    source.goOn();
    await settled();
    expect(await read()).toMatchObject({ entry: { value: 'value-2' }, status: 'fresh', outcome: 'hit' });
    expect(source.loads).toBe(2);
  });

  it('loads anew when the kept life is over', async () => {
    const { clock, read } = setUpReading();
    await read();
    clock.advance(freshMs + lifetime.staleMs);
    expect(await read()).toMatchObject({ entry: { value: 'value-2' }, status: 'fresh', outcome: 'uri-miss' });
  });

  it('counts the life from the moment the owner was asked', async () => {
    const { clock, read } = setUpReading();
    const asked = clock.now() - freshMs + 1_000;
    const source = {
      key: 'slow',
      load: () => Promise.resolve({ value: 1, fetchedAt: asked }),
      usualFreshMs: freshMs,
      lifetime: () => Promise.resolve(lifetime),
      tags: () => [],
    };
    const { entry } = await read({}, source);
    expect(entry).toMatchObject({ fetchedAt: asked, freshUntil: asked + freshMs });
  });

  it('shares one load among callers, and says who shared', async () => {
    const { source, read } = setUpReading();
    const readings = await Promise.all([read(), read(), read()]);
    expect(readings.map(({ collapsed }) => collapsed)).toEqual([false, true, true]);
    expect(source.loads).toBe(1);
  });

  it('treats a value that is known to have changed as stale', async () => {
    const { source, read } = setUpReading();
    await read();
    source.isOutdatedNow = true;
    expect(await read()).toMatchObject({ entry: { value: 'value-1' }, status: 'stale' });
    await until(() => source.loads === 2);
    await settled();
    source.isOutdatedNow = false;
    expect(await read()).toMatchObject({ entry: { value: 'value-2' }, status: 'fresh', outcome: 'hit' });
    expect(source.loads).toBe(2);
  });

  it('peeks without loading', async () => {
    const { clock, cache, source, read } = setUpReading();
    expect(await cache.peek(source, {})).toBeUndefined();
    await read();
    expect(await cache.peek(source, {})).toMatchObject({ entry: { value: 'value-1' }, status: 'fresh' });
    clock.advance(freshMs);
    expect(await cache.peek(source, {})).toBeUndefined();
    expect(source.loads).toBe(1);
  });
});
