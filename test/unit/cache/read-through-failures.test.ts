import { describe, expect, it } from '@jest/globals';
import { freshMs, lifetime, OwnerFails, settled, setUpReading } from '../../support/cache-reading.js';

describe('a load that fails', () => {
  it('serves the kept value as stale, with the reason, when a load fails', async () => {
    const { clock, source, read, refreshed } = setUpReading();
    await read();
    clock.advance(freshMs);
    source.failure = new OwnerFails('HSS is down');
    await refreshed();
    expect(await read()).toMatchObject({
      entry: { value: 'value-1' },
      status: 'stale',
      outcome: 'hit',
      error: source.failure,
    });
    clock.advance(lifetime.staleMs);
    await expect(read()).rejects.toBe(source.failure);
  });

  it('shares a failure until its hold-off ends, and stores none', async () => {
    const { clock, source, read } = setUpReading();
    const failure = new OwnerFails('HSS is down');
    source.failure = failure;
    await expect(read()).rejects.toBe(failure);
    source.failure = undefined;
    await expect(read()).rejects.toBe(failure);
    expect(source.loads).toBe(1);
    clock.advance(1_000);
    expect((await read()).entry.value).toBe('value-2');
  });

  it('lengthens the hold-off of a key while its refreshes fail', async () => {
    const { clock, source, read, refreshed } = setUpReading();
    await read();
    clock.advance(freshMs);
    source.failure = new OwnerFails('HSS is down');
    for (const holdOffMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      await refreshed();
      const { loads } = source;
      clock.advance(holdOffMs - 500);
      expect(await read()).toMatchObject({ status: 'stale', error: source.failure });
      await settled();
      expect(source.loads).toBe(loads);
      clock.advance(500);
    }
    source.failure = undefined;
    await refreshed();
    expect(await read()).toMatchObject({ status: 'fresh', outcome: 'hit' });
  });

  it('does not share an error of our own, and pauses the refresh', async () => {
    const { clock, source, read, refreshed } = setUpReading();
    source.failure = new Error('no call to spare');
    await expect(read()).rejects.toBe(source.failure);
    source.failure = undefined;
    expect((await read()).entry.value).toBe('value-2');
    clock.advance(freshMs);
    source.failure = new Error('no call to spare');
    await refreshed();
    clock.advance(4_000);
    expect(await read()).toMatchObject({ status: 'stale' });
    expect((await read()).error).toBeUndefined();
    await settled();
    expect(source.loads).toBe(3);
    clock.advance(1_100);
    await refreshed();
    expect(source.loads).toBe(4);
  });
});
