import { describe, expect, it } from '@jest/globals';
import type { ChangeSet } from '../../../../src/catalog/model/change-set.js';
import type { WalkState } from '../../../../src/catalog/model/sync-state.js';
import { ChangeSetBuilder } from '../../../../src/catalog/sync/change-set-builder.js';
import { RecentReads } from '../../../../src/catalog/sync/recent-reads.js';
import type { LocalImageRow } from '../../../../src/endpoints/local-images/local-image.row.js';
import type {
  RegistryImageRow,
  RegistryImageVariant,
} from '../../../../src/endpoints/registry-images/registry-image.row.js';
import { contentDocument, localRow, registryRow } from '../../../support/catalog/documents.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';
import { TestClock } from '../../../support/test-clock.js';

type Fill = (builder: ChangeSetBuilder) => void;

/** Images are named by the letter that their digest repeats. */
const keyOf = (letter: string) => letter.repeat(64);
const digestOf = (letter: string) => `sha256:${keyOf(letter)}`;
const letterOf = (key: string) => key.slice(-1);

const entry = (letter: string, over: Partial<RegistryImageRow> = {}) =>
  registryRow({ digest: digestOf(letter), ...over });
const architecture = (letter: string): RegistryImageVariant => ({
  entryId: letter,
  imageId: null,
  digest: digestOf(letter),
  type: null,
  namespace: null,
  name: null,
  tag: null,
  scanStatus: null,
  findingCounts: { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null },
});
const host = (hostId: string) => ({ hostId, name: hostId, agentId: null });
const copy = (letter: string, hostId: string, over: Partial<LocalImageRow> = {}) =>
  localRow({ digest: digestOf(letter), host: host(hostId), ...over });

const reads =
  (row: RegistryImageRow, readAt: number): Fill =>
  (builder) =>
    void builder.upsert('registry', row, readAt);
const readsCopy =
  (letter: string, hostId: string, readAt: number, over?: Partial<LocalImageRow>): Fill =>
  (builder) =>
    void builder.upsert('local', copy(letter, hostId, over), readAt);
const removes =
  (letter: string, readAt: number): Fill =>
  (builder) =>
    builder.remove('registry', keyOf(letter), 'registry/1', readAt);
const removesCopy =
  (letter: string, readAt: number): Fill =>
  (builder) => {
    const [record] = builder.document(keyOf(letter))!.onHosts;
    builder.remove('local', keyOf(letter), record!.rowKey, readAt);
  };
const readsContent =
  (letter: string): Fill =>
  (builder) =>
    builder.put(contentDocument(keyOf(letter), [], []));
const both =
  (...fills: Fill[]): Fill =>
  (builder) => {
    for (const fill of fills) fill(builder);
  };

const nothing = { images: '', gone: '', contents: '', events: [] as string[], registryRows: 0, localRows: 0 };
type Summary = typeof nothing;

async function stepAfter(before: Fill, step: Fill, { withEvents = true, forgets = false } = {}) {
  const store = new MemoryCatalog();
  const clock = new TestClock();
  const recent = new RecentReads(clock);
  const make = (fill: Fill, reads: RecentReads) => {
    const builder = new ChangeSetBuilder(store, reads, structuredClone(store.sync), 9_000);
    fill(builder);
    return builder.finish(store.version + 1, withEvents);
  };
  const first = make(before, recent);
  if (first) await store.apply(first);
  const changeSet = make(step, forgets ? new RecentReads(clock) : recent);
  if (changeSet) await store.apply(changeSet);
  return { store, changeSet };
}

function summaryOf(store: MemoryCatalog, changeSet: ChangeSet | undefined): Summary {
  const { registry, local } = store.sync;
  return {
    images: (changeSet?.images ?? []).map(({ key }) => letterOf(key)).join(''),
    gone: (changeSet?.gone ?? []).map(letterOf).join(''),
    contents: (changeSet?.contents ?? []).map(({ key }) => letterOf(key)).join(''),
    events: (changeSet?.events ?? []).map(({ kind, key }) => `${letterOf(key)} ${kind}`),
    registryRows: registry.rows,
    localRows: local.rows,
  };
}

interface Case {
  title: string;
  before?: Fill;
  step: Fill;
  options?: { withEvents?: boolean; forgets?: boolean };
  expected: Partial<Summary>;
}

const cases: Case[] = [
  {
    title: 'makes an image of a new row',
    step: reads(entry('a'), 100),
    expected: { images: 'a', events: ['a appeared'], registryRows: 1 },
  },
  {
    title: 'makes one image of an entry and a copy with the same digest',
    step: both(reads(entry('a'), 100), readsCopy('a', 'h', 100)),
    expected: { images: 'a', events: ['a appeared', 'a came-to-host'], registryRows: 1, localRows: 1 },
  },
  {
    title: 'has no events when none are wanted',
    step: reads(entry('a'), 100),
    options: { withEvents: false },
    expected: { images: 'a', registryRows: 1 },
  },
  {
    title: 'has no step for a row that says the same',
    before: both(reads(entry('a'), 100), readsCopy('a', 'h', 100)),
    step: both(reads(entry('a'), 200), readsCopy('a', 'h', 200)),
    expected: { registryRows: 1, localRows: 1 },
  },
  {
    title: 'replaces a row that has changed, and counts it once',
    before: reads(entry('a', { severity: 'low' }), 100),
    step: reads(entry('a', { severity: 'high' }), 200),
    expected: { images: 'a', events: ['a severity-changed'], registryRows: 1 },
  },
  {
    title: 'replaces a copy that has changed, and counts it once',
    before: readsCopy('a', 'h', 100, { severity: 'low' }),
    step: readsCopy('a', 'h', 200, { severity: 'high' }),
    expected: { images: 'a', events: ['a severity-changed'], localRows: 1 },
  },
  {
    title: 'ignores a copy that is older than the known record',
    before: readsCopy('a', 'h', 200, { severity: 'low' }),
    step: readsCopy('a', 'h', 100, { severity: 'high' }),
    options: { forgets: true },
    expected: { localRows: 1 },
  },
  {
    title: 'ignores a row that is older than the known record',
    before: reads(entry('a', { severity: 'low' }), 200),
    step: reads(entry('a', { severity: 'high' }), 100),
    options: { forgets: true },
    expected: { registryRows: 1 },
  },
  {
    title: 'ignores a row that is older than a later unchanged read',
    before: both(reads(entry('a', { severity: 'low' }), 100), reads(entry('a', { severity: 'low' }), 300)),
    step: reads(entry('a', { severity: 'high' }), 200),
    expected: { registryRows: 1 },
  },
  {
    title: 'ignores a row that is older than its removal',
    before: both(reads(entry('a'), 100), removes('a', 300)),
    step: reads(entry('a'), 200),
    expected: {},
  },
  {
    title: 'moves a row to another image when its tag has moved',
    before: reads(entry('a'), 100),
    step: reads(entry('b'), 200),
    expected: { images: 'b', gone: 'a', events: ['a disappeared', 'b appeared'], registryRows: 1 },
  },
  {
    title: 'makes one more image of each architecture, but counts one row',
    step: reads(entry('a', { variants: [architecture('b'), architecture('c')] }), 100),
    expected: { images: 'abc', events: ['a appeared', 'b appeared', 'c appeared'], registryRows: 1 },
  },
  {
    title: 'drops an architecture that the row does not name any more',
    before: reads(entry('a', { variants: [architecture('b'), architecture('c')] }), 100),
    step: reads(entry('a', { variants: [architecture('b')] }), 200),
    expected: { images: 'a', gone: 'c', events: ['c disappeared'], registryRows: 1 },
  },
  {
    title: 'removes a row with all its architectures',
    before: reads(entry('a', { variants: [architecture('b')] }), 100),
    step: removes('a', 200),
    expected: { gone: 'ab', events: ['a disappeared', 'b disappeared'] },
  },
  {
    title: 'does not remove a row that was read after it was missed',
    before: reads(entry('a'), 200),
    step: removes('a', 100),
    expected: { registryRows: 1 },
  },
  {
    title: 'removes a copy and keeps the image for its other copy',
    before: both(readsCopy('a', 'h', 100), readsCopy('a', 'i', 100)),
    step: removesCopy('a', 200),
    expected: { images: 'a', events: ['a left-host'], localRows: 1 },
  },
  {
    title: 'says nothing of an image that comes and goes in one step',
    step: both(reads(entry('a'), 100), removes('a', 200)),
    expected: {},
  },
  {
    title: 'makes a step of content alone',
    before: reads(entry('a'), 100),
    step: readsContent('a'),
    expected: { contents: 'a', registryRows: 1 },
  },
  {
    title: 'leaves out the content of an image that is gone',
    before: reads(entry('a'), 100),
    step: both(readsContent('a'), removes('a', 200)),
    expected: { gone: 'a', events: ['a disappeared'] },
  },
];

describe('the change-set builder', () => {
  it.each(cases)('$title', async ({ before = () => undefined, step, options, expected }) => {
    const { store, changeSet } = await stepAfter(before, step, options);
    expect(summaryOf(store, changeSet)).toEqual({ ...nothing, ...expected });
  });

  it('has no document, but the time of the read, when nothing has changed', async () => {
    const { changeSet } = await stepAfter(reads(entry('a'), 100), reads(entry('a'), 200));
    expect(changeSet).toMatchObject({ images: [], contents: [], seenAt: 200 });
    expect(changeSet!.seen.registry).toHaveLength(1);
    expect((await stepAfter(reads(entry('a'), 100), () => undefined)).changeSet).toBeUndefined();
  });

  it('has a change set when only the sync state has changed', async () => {
    const { changeSet } = await stepAfter(reads(entry('a'), 100), ({ sync }) => void (sync.calls += 1));
    expect(changeSet).toMatchObject({ version: 2, at: 9_000, images: [], sync: { calls: 1 } });
  });

  it('numbers new images, and keeps number and date of a known one', async () => {
    const { changeSet } = await stepAfter(
      both(reads(entry('a', { entryId: '1' }), 100), reads(entry('b', { entryId: '2' }), 100)),
      both(readsCopy('a', 'h', 200), readsCopy('c', 'h', 200)),
    );
    const serials = changeSet!.images.map(({ key, serial }) => [letterOf(key), serial]);
    expect(serials).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
    expect(changeSet!.images.map(({ appearedAt }) => appearedAt)).toEqual([9_000, 9_000]);
    expect(changeSet!.sync.lastSerial).toBe(3);
  });

  it('keeps when an unchanged row was first read', async () => {
    const { store } = await stepAfter(reads(entry('a'), 100), reads(entry('a'), 200));
    expect(store.document(keyOf('a'))!.entries[0]!.readAt).toBe(100);
  });

  it('names the rows that a running walk has met, changed or not', async () => {
    const walk = { number: 1 } as WalkState;
    const { changeSet } = await stepAfter(
      both(reads(entry('a'), 100), ({ sync }) => void (sync.registry.walk = walk)),
      both(reads(entry('a'), 200), readsCopy('b', 'h', 200)),
    );
    expect(changeSet!.seen.registry).toHaveLength(1);
    // No walk over the local list is running.
    expect(changeSet!.seen.local).toEqual([]);
  });
});
