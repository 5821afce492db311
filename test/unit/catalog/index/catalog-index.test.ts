import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CatalogIndex } from '../../../../src/catalog/index/catalog-index.js';
import { ContentFiles } from '../../../../src/catalog/index/documents/content-files.js';
import { CatalogFull } from '../../../../src/catalog/index/tables/engine.js';
import {
  mostMatchesFirst,
  wordFields,
  type ImageFilter,
} from '../../../../src/catalog/model/catalog-query.js';
import { VersionGone } from '../../../../src/catalog/model/reader.js';
import {
  changeSet,
  contentDocument,
  hostRecord,
  imageDocument,
  registryRecord,
} from '../../../support/catalog/documents.js';
import { inPieces, snapshotOf } from '../../../support/catalog/snapshots.js';
import { TestClock } from '../../../support/test-clock.js';
import { until } from '../../../support/until.js';

const keptForMs = 15 * 60_000;
const host = (hostId: string, name = hostId) => ({ hostId, name, agentId: null });
const image = (key: string, serial: number, over: Parameters<typeof registryRecord>[0] = {}) =>
  imageDocument(key, { serial, entries: [registryRecord({ imageId: `id-${key}`, ...over })] });

describe('the catalog index', () => {
  const clock = new TestClock();
  let index: CatalogIndex;
  beforeEach(async () => {
    index = await CatalogIndex.open({ clock });
  });
  afterEach(() => index.close());

  const names = async (filter: ImageFilter = {}, version = index.version) => {
    const query = { filter, match: 'known', sort: [], limit: 100, after: null, version } as const;
    return (await index.images(query)).items.map(({ name }) => name);
  };

  it('is empty at version 0', async () => {
    expect(await names()).toEqual([]);
    expect(index.version).toBe(0);
    expect(index.keysOf('x')).toEqual([]);
  });

  it('finds images by id and digest as soon as a step is applied', async () => {
    const digest = 'a'.repeat(64);
    await index.apply(
      changeSet(1, { images: [image(digest, 1, { digest: `sha256:${digest}`, imageId: 'x' })] }),
    );
    for (const id of [digest, `sha256:${digest}`, 'x', 'sha256:x'])
      expect(index.keysOf(id)).toEqual([digest]);
    await index.apply(changeSet(2, { images: [image(digest, 1, { imageId: 'y' })] }));
    expect(index.keysOf('x')).toEqual([]);
    expect(index.keysOf('y')).toEqual([digest]);
    await index.apply(changeSet(3, { gone: [digest] }));
    expect(index.keysOf('y')).toEqual([]);
    expect(index.whole(digest)).toBeUndefined();
  });

  it('finds images by name; further words must hold in the same entry', async () => {
    const entries = [
      registryRecord({ namespace: 'a', tag: '1' }, 'registry/1'),
      registryRecord({ namespace: 'b', tag: '2' }, 'registry/2'),
    ];
    await index.apply(changeSet(1, { images: [imageDocument('k', { entries })] }));
    expect(index.keysNamed({ name: 'app' })).toEqual(['k']);
    expect(index.keysNamed({ name: 'app', namespace: 'b', tag: '2', registryName: 'main' })).toEqual(['k']);
    expect(index.keysNamed({ name: 'app', namespace: 'a', tag: '2' })).toEqual([]);
    expect(index.keysNamed({ name: 'app', registryName: 'other' })).toEqual([]);
  });

  it('returns documents and contents unchanged, with every digit', async () => {
    const document = image('k', 1, { sizeBytes: 2n ** 63n - 1n });
    const content = contentDocument('k', [{ osName: 'x' }], [{ name: 'f', path: '/', sizeBytes: 2n ** 60n }]);
    await index.apply(changeSet(1, { images: [document], contents: [content] }));
    expect(index.document('k')).toEqual(document);
    expect(index.content('k')).toEqual(content);
    const batches = [];
    for await (const batch of index.documents()) batches.push(...batch);
    expect(batches).toEqual([{ image: document, content }]);
  });

  it('gives each image as it is when its slice comes', async () => {
    const keys = ['k1', 'k2', 'k3'];
    // Each look at the clock ends a slice.
    const ticking = { ...clock, after: clock.after, monotonic: () => (ticks += 2) };
    let ticks = 0;
    const sliced = await CatalogIndex.open({ clock: ticking });
    await sliced.apply(changeSet(1, { images: keys.map((key, at) => image(key, at + 1)) }));
    const given: (string | null | undefined)[] = [];
    for await (const slice of sliced.documents()) {
      given.push(...slice.map(({ image: { entries } }) => entries[0]?.row.name));
      if (given.length === 1)
        await sliced.apply(changeSet(2, { images: [image('k2', 2, { name: 'renamed' })], gone: ['k3'] }));
    }
    await sliced.close();
    expect(given).toEqual(['app', 'renamed']);
  });

  it('keeps the content of a changed image and drops it with the image', async () => {
    const content = contentDocument('k', [{ osName: 'Debian' }], null);
    await index.apply(changeSet(1, { images: [image('k', 1)], contents: [content] }));
    await index.apply(changeSet(2, { images: [image('k', 1, { name: 'renamed' })] }));
    expect(await names({ baseOsName: ['debian'] })).toEqual(['renamed']);
    await index.apply(changeSet(3, { gone: ['k'] }));
    await index.apply(changeSet(4, { images: [image('k', 2)] }));
    expect(index.content('k')).toBeUndefined();
  });

  it('counts coverage over images that HSS can be asked about', async () => {
    const newer = { status: 'completed', scannedAt: '2026-02-01T00:00:00.000Z', failure: null };
    await index.apply(
      changeSet(1, {
        images: [image('k1', 1), image('k2', 2), image('k3', 3, { type: 'jfrog' })],
        contents: ['k1', 'k2', 'k3'].map((key) => contentDocument(key, [], [])),
      }),
    );
    expect(index.coverage()).toEqual({ baseOs: { known: 2, total: 2 }, files: { known: 2, total: 2 } });
    await index.apply(changeSet(2, { images: [image('k1', 1, { scan: newer })] }));
    expect(index.coverage()).toEqual({ baseOs: { known: 1, total: 2 }, files: { known: 1, total: 2 } });
    await index.apply(changeSet(3, { gone: ['k1'] }));
    expect(index.coverage()).toEqual({ baseOs: { known: 1, total: 1 }, files: { known: 1, total: 1 } });
  });

  it('refuses a step that is not the next', async () => {
    await expect(index.apply(changeSet(2))).rejects.toThrow(RangeError);
    await index.apply(changeSet(1));
    await expect(index.apply(changeSet(1))).rejects.toThrow('Version 1 cannot follow version 1');
  });

  it('answers for a replaced version for 15 minutes, then reports it gone', async () => {
    await index.apply(changeSet(1, { images: [image('k', 1, { name: 'before' })] }));
    await index.apply(changeSet(2, { images: [image('k', 1, { name: 'after' })] }));
    clock.advance(keptForMs - 1_000);
    expect(await names({}, 1)).toEqual(['before']);
    expect(await names({ imageId: 'id-k', name: ['before'] }, 1)).toEqual(['before']);
    expect(await names({}, 2)).toEqual(['after']);
    clock.advance(2_000);
    await expect(names({}, 1)).rejects.toThrow(VersionGone);
    await expect(index.facets({}, ['severity'], 1)).rejects.toThrow(VersionGone);
    expect(await names({}, 2)).toEqual(['after']);
    await expect(names({}, 3)).rejects.toThrow(VersionGone);
  });

  it('continues a stream of a version that is dropped meanwhile', async () => {
    const images = Array.from({ length: 120 }, (_, serial) =>
      image(`k${serial}`, serial, { name: 'before' }),
    );
    await index.apply(changeSet(1, { images }));
    const streamed: (string | null)[] = [];
    for await (const batch of await index.stream({}, 'known', 1)) {
      streamed.push(...batch.map(({ name }) => name));
      if (index.version > 1) continue;
      await index.apply(changeSet(2, { images: images.map(({ key, serial }) => image(key, serial)) }));
      clock.advance(keptForMs + 1_000);
      await index.apply(changeSet(3));
    }
    expect(streamed).toEqual(images.map(() => 'before'));
  });

  it('answers the same after a compaction', async () => {
    const images = (name: string) => Array.from({ length: 3_000 }, (_, n) => image(`k${n}`, n, { name }));
    for (let version = 1; version <= 6; version += 1)
      await index.apply(changeSet(version, { images: images(`name-${version}`) }));
    clock.advance(keptForMs + 1_000);
    await index.apply(changeSet(7, { images: [image('k0', 0, { name: 'last' })] }));
    expect(await names({ name: ['name-6'], imageId: 'id-k1' }, 6)).toEqual(['name-6']);
    expect(await names({ name: ['last'] })).toEqual(['last']);
    expect(await index.facets({}, ['namespace'], 7)).toEqual({
      namespace: [{ value: 'team', count: 3_000 }],
    });
  });

  it('answers from the old state until a new state is loaded', async () => {
    await index.apply(changeSet(1, { images: [image('k', 1, { name: 'old' })] }));
    const before = index.epoch;
    let proceed: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (proceed = resolve));
    const snapshot = await snapshotOf({ images: [image('k', 1, { name: 'new' })] });
    const loading = index.load(
      'next',
      inPieces(snapshot, () => gate),
      changeSet(40, { at: 99 }),
    );
    expect(await names()).toEqual(['old']);
    expect(index.epoch).toBe(before);
    proceed();
    await loading;
    expect(await names()).toEqual(['new']);
    expect(index).toMatchObject({ epoch: 'next', version: 40, changedAt: 99 });
    await expect(names({}, 1)).rejects.toThrow(VersionGone);
    await index.apply(changeSet(41));
  });

  it('answers a question that pauses while a new state is loaded', async () => {
    const contents = [contentDocument('k', null, [{ path: '/usr/lib', name: 'libssl.so' }])];
    await index.apply(changeSet(1, { images: [image('k', 1, { name: 'old' })], contents }));
    let proceed: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (proceed = resolve));
    const pausing = jest.spyOn(ContentFiles.prototype, 'having').mockImplementationOnce(async () => {
      await gate;
      // The highest bits are those of the contents 0 to 7.
      return Uint8Array.of(0xff);
    });
    try {
      const answer = names({ fileName: 'ssl' }).catch(String);
      await until(() => pausing.mock.calls.length > 0);
      const snapshot = await snapshotOf({ images: [image('k', 1, { name: 'new' })] });
      const loading = index.load('next', inPieces(snapshot), changeSet(40));
      await until(() => index.epoch === 'next');
      expect(await names()).toEqual(['new']);
      proceed();
      expect(await answer).toEqual(['old']);
      await loading;
    } finally {
      proceed();
      pausing.mockRestore();
    }
  });

  it('stays unchanged when a base cannot be read', async () => {
    await index.apply(changeSet(1, { images: [image('k', 1, { name: 'old' })] }));
    const broken = inPieces(await snapshotOf({ images: [image('x', 1)] }), () => {
      throw new Error('chunk 2 is missing');
    });
    await expect(index.load('next', broken, changeSet(9))).rejects.toThrow('chunk 2 is missing');
    expect(await names()).toEqual(['old']);
  });

  it('lists hosts with the worst of their images first', async () => {
    const on = (key: string, serial: number, severity: string, ...ids: string[]) =>
      imageDocument(key, {
        serial,
        onHosts: ids.map((id) => hostRecord({ name: key, severity, host: host(id) }, `local/${key}/${id}`)),
      });
    await index.apply(
      changeSet(1, {
        images: [on('a', 1, 'low', 'h1', 'h2'), on('b', 2, 'high', 'h2'), on('c', 3, 'high', 'h3')],
      }),
    );
    const { items, total, unknown } = await index.hosts({
      filter: {},
      sort: mostMatchesFirst,
      limit: 2,
      offset: 0,
      version: 1,
    });
    expect(
      items.map(({ hostId, matches, images }) => [hostId, matches, images.map(({ name }) => name)]),
    ).toEqual([
      ['h2', 2, ['b', 'a']],
      ['h1', 1, ['a']],
    ]);
    expect([total, unknown]).toEqual([3, null]);
  });

  it('lists one host for rows with its name and with its agent', async () => {
    const rows = [null, 'a1'].map((agentId) =>
      hostRecord({ host: { hostId: null, agentId, name: 'web' } }, `local/${agentId}`),
    );
    await index.apply(changeSet(1, { images: [imageDocument('k', { onHosts: rows })] }));
    const { items, total } = await index.hosts({
      filter: {},
      sort: mostMatchesFirst,
      limit: 5,
      offset: 0,
      version: 1,
    });
    expect(items).toMatchObject([{ hostId: null, agentId: 'a1', name: 'web', matches: 1 }]);
    expect(total).toBe(1);
  });

  it("never reads a consumer's words as SQL", async () => {
    await index.apply(changeSet(1, { images: [image('k', 1)] }));
    for (const word of [`' OR 1=1 --`, '"; DROP TABLE images; --', '$1', '%', '_', '\\', 'x\u0000y']) {
      for (const field of ['text', 'fileName', 'hostName', 'imageId'] as const)
        expect(await names({ [field]: word })).toEqual([]);
      for (const field of wordFields) {
        expect(await names({ [field]: [word] })).toEqual([]);
        expect(await names({ except: { [field]: [word] } })).toHaveLength(field.startsWith('baseOs') ? 0 : 1);
      }
    }
    expect(await names()).toEqual(['app']);
  });

  it('leaves no timer behind', async () => {
    const own = new TestClock();
    const short = await CatalogIndex.open({ clock: own });
    await short.apply(changeSet(1, { images: [image('k', 1)] }));
    expect(own.pendingTimers).toBe(1);
    await short.close();
    expect(own.pendingTimers).toBe(0);
    await expect(short.facets({}, ['severity'], 1)).rejects.toThrow('closed');
  });
});

describe('a catalog that needs more memory than it may take', () => {
  it('refuses the step with the reason and stays unchanged', async () => {
    const index = await CatalogIndex.open({ clock: new TestClock(), memoryMiB: 8 });
    const longName = 'of-many'.repeat(50);
    const onManyHosts = Array.from({ length: 50_000 }, (_, n) =>
      hostRecord({ host: host(`id-${n}`, `${n}-${longName}`) }, `local/${n}`),
    );
    const files = [{ name: 'file-number-1-of-many', path: '/usr/lib/' }];
    try {
      await index.apply(changeSet(1, { images: [image('k', 1)] }));
      const onHosts = ['b', 'a'].map((name) =>
        hostRecord({ host: host(`id-${name}`, name) }, `local/${name}`),
      );
      const images = [imageDocument('on', { serial: 2, onHosts })];
      const large = imageDocument('large', { serial: 3, onHosts: onManyHosts });
      const contents = [contentDocument('k', null, files)];
      const tooLarge = changeSet(2, { images: [large, ...images], contents });
      await expect(index.apply(tooLarge)).rejects.toThrow(CatalogFull);
      expect(index.version).toBe(1);
      expect(index.content('k')).toBeUndefined();
      await index.apply(changeSet(2, { images, contents }));
      const filter = { fileName: 'number-1-of' };
      const query = { filter, match: 'known', sort: [], limit: 5, after: null, version: 2 } as const;
      expect((await index.images(query)).total).toBe(1);
      const hosts = { filter: {}, sort: [{ key: 'name', descending: false } as const], limit: 5, offset: 0 };
      expect((await index.hosts({ ...hosts, version: 2 })).items.map(({ name }) => name)).toEqual(['a', 'b']);
    } finally {
      await index.close();
    }
  });
});
