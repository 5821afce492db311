import { describe, expect, it } from '@jest/globals';
import { everything } from '../../../src/cache/purges.js';
import { until } from '../../support/until.js';
import { entryOf } from '../../support/cache-parts.js';
import { keyHash, lifetime, setUpReading } from '../../support/cache-reading.js';

describe('reading and purges', () => {
  it('stores a second value of the same call, unless it was purged meanwhile', async () => {
    const { cache, source, read, purge } = setUpReading();
    const end = { key: 'end' };
    source.beside = { key: 'end', value: 10 };
    const { entry } = await read();
    expect((await cache.peek(end, {}))?.entry).toEqual({ ...entry, value: 10 });
    purge('list:some');
    expect(await cache.peek(end, {})).toBeUndefined();
    source.hang();
    const waited = read();
    await until(() => source.loads === 2);
    purge('list:some');
    source.goOn();
    await waited;
    expect(await cache.peek(end, {})).toBeUndefined();
  });

  it('forgets a purged value, by its key, its tag or with everything', async () => {
    const { memory, source, read, purge } = setUpReading();
    await read();
    for (const tag of [`key:${keyHash}`, 'list:some', everything]) {
      purge('list:other');
      expect((await read()).outcome).toBe('hit');
      purge(tag);
      expect(memory.count).toBe(0);
      expect((await read()).outcome).toBe('uri-miss');
    }
    expect(source.loads).toBe(4);
  });

  it('looks at few entries at once, and returns no purged one meanwhile', async () => {
    const { memory, source, read, purge } = setUpReading();
    await read();
    let looks = 0;
    for (let id = 0; id < 1_000; id += 1) {
      const entry = entryOf('other', 0, lifetime, { tags: ['list:other'] });
      const counted = Object.defineProperty(entry, 'generation', { get: () => ((looks += 1), 0) });
      memory.set(`k${id}`, counted, 10);
    }
    purge('list:some');
    expect(looks).toBeLessThan(600);
    expect((await read()).outcome).toBe('uri-miss');
    expect(source.loads).toBe(2);
    purge('list:other');
    expect(memory.get('k0')).toBeUndefined();
    await until(() => memory.count === 1);
  });

  it('gives a value loaded during a purge to its callers, but stores nothing', async () => {
    const { memory, source, read, purge } = setUpReading();
    source.hang();
    const waited = read();
    await until(() => source.loads === 1);
    purge('list:some');
    const late = read();
    await until(() => source.loads === 2);
    source.goOn();
    expect((await waited).entry.value).toBe('value-1');
    expect((await late).entry.value).toBe('value-2');
    expect(memory.get(keyHash)?.value).toBe('value-2');
  });
});
