import { describe, expect, it } from '@jest/globals';
import { RecentChanges } from '../../../../src/catalog/routes/recent-changes.js';
import type { CatalogEvent } from '../../../../src/catalog/model/catalog-event.js';
import type { ImageChange } from '../../../../src/catalog/model/image-change.js';
import { HistoryGone } from '../../../../src/catalog/model/sources.js';
import { Namespaces } from '../../../../src/domain/namespaces.js';

const event = (name: string): CatalogEvent => ({
  kind: 'appeared',
  key: name,
  imageId: null,
  digest: null,
  namespace: null,
  name,
  tag: null,
  before: null,
  after: null,
  hostId: null,
  hostName: null,
});

function history(maxEvents = 100): RecentChanges {
  const changes = new RecentChanges(maxEvents);
  changes.begin('e', 10, 500);
  return changes;
}

/** A new image in a namespace. */
const appeared = (name: string, namespace: string): ImageChange => {
  const place = { registryName: 'r', namespace, imageId: null, digest: null, name, tag: null };
  const is = { ...place, severity: null, scannedAt: null, scanStatus: null };
  return { key: name, was: [], is: [is], came: [], left: [] };
};

const names = (items: readonly CatalogEvent[]) => items.map(({ name }) => name);

describe('the history of changes', () => {
  it('continues where the last answer ended, even in the middle of a step', async () => {
    const changes = history();
    changes.record({ version: 11, at: 1_000, events: ['a', 'b', 'c'].map(event) });
    changes.record({ version: 12, at: 2_000, events: [] });
    changes.record({ version: 13, at: 3_000, events: [event('d')] });
    const told: (string | null)[] = [];
    let mark: string | undefined;
    let hasMore = true;
    while (hasMore) {
      const answer = await changes.since(mark, 2);
      told.push(...names(answer.items));
      ({ mark, hasMore } = answer);
    }
    expect(told).toEqual(['a', 'b', 'c', 'd']);
    expect(await changes.since(mark, 2)).toEqual({ items: [], mark, hasMore: false });
    changes.record({ version: 14, at: 4_000, events: [event('e')] });
    expect(names((await changes.since(mark, 2)).items)).toEqual(['e']);
  });

  it('has nothing for a consumer whose mark is ahead of this instance', async () => {
    const changes = history();
    changes.record({ version: 11, at: 1_000, events: [event('a')] });
    for (const mark of ['e.12.0', 'e.12.5'])
      expect(await changes.since(mark, 2)).toEqual({ items: [], mark, hasMore: false });
  });

  it('has a mark before the first change, which leads to that change', async () => {
    const changes = history();
    const { mark } = await changes.since(undefined, 10);
    changes.record({ version: 11, at: 1_000, events: [event('a')] });
    expect(names((await changes.since(mark, 10)).items)).toEqual(['a']);
  });

  it('can be read from a time within the history', async () => {
    const changes = history();
    changes.record({ version: 11, at: 1_000, events: [event('a')] });
    changes.record({ version: 12, at: 2_000, events: [event('b')] });
    expect(names((await changes.since(1_000, 10)).items)).toEqual(['a', 'b']);
    expect(names((await changes.since(1_500, 10)).items)).toEqual(['b']);
    const end = await changes.since(9_000, 10);
    expect(end.items).toEqual([]);
    changes.record({ version: 13, at: 10_000, events: [event('c')] });
    expect(names((await changes.since(end.mark, 10)).items)).toEqual(['c']);
    expect(names((await changes.since(501, 10)).items)).toEqual(['a', 'b', 'c']);
    await expect(changes.since(500, 10)).rejects.toThrow(HistoryGone);
  });

  it('can be read from a time after the last change', async () => {
    const changes = history();
    const { items, mark } = await changes.since(600, 10);
    expect(items).toEqual([]);
    changes.record({ version: 11, at: 1_000, events: [event('a')] });
    expect(names((await changes.since(mark, 10)).items)).toEqual(['a']);
    expect(names((await changes.since(600, 10)).items)).toEqual(['a']);
  });

  it('has a mark after a version, even before its events are here', async () => {
    const changes = history();
    changes.record({ version: 11, at: 1_000, events: [event('a')] });
    const [after10, after11, after12] = [10, 11, 12].map((version) => changes.markAfter('e', version));
    const namesAfter = async (mark: string | undefined) => names((await changes.since(mark, 10)).items);
    expect(await Promise.all([after10, after11, after12].map(namesAfter))).toEqual([['a'], [], []]);
    for (const [version, name] of [
      [12, 'b'],
      [13, 'c'],
    ] as const)
      changes.record({ version, at: version, events: [event(name)] });
    expect(await Promise.all([after10, after11, after12].map(namesAfter))).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
      ['c'],
    ]);
  });

  it('refuses a mark after a version whose next step is no longer kept', async () => {
    const changes = history(2);
    changes.record({ version: 11, at: 1_000, events: [event('a')] });
    const mark = changes.markAfter('e', 11);
    for (const version of [12, 13, 14]) changes.record({ version, at: version, events: [event('b')] });
    await expect(changes.since(mark, 10)).rejects.toThrow(HistoryGone);
    expect(names((await changes.since(changes.markAfter('e', 12), 10)).items)).toEqual(['b', 'b']);
  });

  it('finds changes of a release that tells no severity among those of unknown severity', async () => {
    const changes = history();
    changes.record({ version: 11, at: 1_000, events: [event('a')] });
    expect(names((await changes.since(undefined, 10, { severity: [null] })).items)).toEqual(['a']);
    expect((await changes.since(undefined, 10, { severity: ['high'] })).items).toEqual([]);
  });

  it('refuses a mark that is too old or of another catalog', async () => {
    const changes = history(3);
    const { mark } = await changes.since(undefined, 10);
    changes.record({ version: 11, at: 1_000, events: ['a', 'b'].map(event) });
    changes.record({ version: 12, at: 2_000, events: ['c', 'd'].map(event) });
    await expect(changes.since(mark, 10)).rejects.toThrow(HistoryGone);
    expect(names((await changes.since(undefined, 10)).items)).toEqual(['c', 'd']);
    await expect(changes.since('other.12.0', 10)).rejects.toThrow(HistoryGone);
    await expect(changes.since('nonsense', 10)).rejects.toThrow(RangeError);
  });

  it('does not grow by steps without a change', async () => {
    const changes = history(5);
    for (let version = 11; version < 100; version += 1) changes.record({ version, at: version, events: [] });
    // Nothing is lost, so an old mark still means the same.
    expect(await changes.since('e.50.0', 10)).toEqual({ items: [], mark: 'e.50.0', hasMore: false });
    for (let version = 100; version < 106; version += 1)
      changes.record({ version, at: version, events: [event(String(version))] });
    await expect(changes.since('e.50.0', 10)).rejects.toThrow(HistoryGone);
    expect(names((await changes.since('e.102.1', 10)).items)).toEqual(['103', '104', '105']);
  });

  it('outlives any number of changes that a polling consumer does not see', async () => {
    const changes = history(10);
    const namespaces = new Namespaces(['alpha']);
    const told: (string | null)[] = [];
    const marks = new Set<string>();
    let { mark } = await changes.since(undefined, 10, { namespaces });
    for (let version = 11; version <= 60; version += 1) {
      const change = appeared(`n${version}`, version === 60 ? 'alpha' : 'beta');
      changes.record({ version, at: version, events: [event(`n${version}`)], changes: [change] });
      const answer = await changes.since(mark, 10, { namespaces });
      told.push(...names(answer.items));
      ({ mark } = answer);
      marks.add(mark);
    }
    expect(told).toEqual(['n60']);
    // The answer without news stays the same between.
    expect(marks.size).toBeLessThan(15);
  });

  it('begins for a consumer with namespaces after the last step without places', async () => {
    const changes = history();
    const namespaces = new Namespaces(['alpha']);
    changes.record({ version: 11, at: 11, events: [], changes: [appeared('a', 'alpha')] });
    changes.record({ version: 12, at: 12, events: [event('of an earlier release')] });
    changes.record({ version: 13, at: 13, events: [] });
    const { items, mark } = await changes.since(undefined, 10, { namespaces });
    expect(items).toEqual([]);
    changes.record({ version: 14, at: 14, events: [event('b')], changes: [appeared('b', 'alpha')] });
    expect(names((await changes.since(mark, 10, { namespaces })).items)).toEqual(['b']);
    expect(names((await changes.since(undefined, 10, { namespaces })).items)).toEqual(['b']);
    await expect(changes.since('e.11.0', 10, { namespaces })).rejects.toThrow(HistoryGone);
  });
});
