// The versions at which the images of a consumer with namespaces have changed.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CatalogIndex } from '../../../../src/catalog/index/catalog-index.js';
import { VersionGone } from '../../../../src/catalog/model/reader.js';
import type { RegistryRecord } from '../../../../src/catalog/model/documents.js';
import { Namespaces } from '../../../../src/domain/namespaces.js';
import type { RegistryImageRow } from '../../../../src/endpoints/registry-images/registry-image.row.js';
import { changeSet, imageDocument, registryRecord } from '../../../support/catalog/documents.js';
import { TestClock } from '../../../support/test-clock.js';

const minute = 60_000;
const image = (key: string, namespace: string) =>
  imageDocument(key, { entries: [registryRecord({ namespace, digest: key })] });
/** A row of a shared digest. */
const rowOf = (namespace: string, more: Partial<RegistryImageRow> = {}) =>
  registryRecord({ namespace, digest: 's', ...more }, `registry/${namespace}`);
const shared = (...entries: RegistryRecord[]) => ({ images: [imageDocument('s', { entries })] });
const alsoInBeta = [
  registryRecord({ namespace: 'alpha', digest: 'a' }),
  registryRecord({ namespace: 'beta', digest: 'a' }, 'registry/2'),
];
const scanned = (scannedAt: string) => ({ scan: { status: 'completed', scannedAt, failure: null } as const });

describe('what a consumer with namespaces sees', () => {
  let clock: TestClock;
  let index: CatalogIndex;
  /** Each is kept apart, as on an instance that is asked at this moment for the first time. */
  let views = 0;
  const firstAsked = () => index.seenBy(new Namespaces(['alpha', `nobody-${(views += 1)}`]));

  beforeEach(async () => {
    clock = TestClock.still();
    index = await CatalogIndex.open({ clock });
    const { images } = shared(rowOf('alpha'), rowOf('beta'));
    await apply({ images: [image('a', 'alpha'), image('b', 'beta'), ...images] });
  });

  afterEach(() => index.close());

  const apply = (step: Parameters<typeof changeSet>[1]) => index.apply(changeSet(index.version + 1, step));

  it.each<[string, Parameters<typeof changeSet>[1], number]>([
    ['a step of another namespace', { images: [image('c', 'beta')] }, 1],
    ['a change of another namespace', { images: [image('b', 'beta')] }, 1],
    ['a digest that another namespace has too', { images: [imageDocument('a', { entries: alsoInBeta })] }, 1],
    ['a digest that another namespace has no more', shared(rowOf('alpha')), 1],
    [
      'a scan in another namespace',
      shared(rowOf('alpha'), rowOf('beta', scanned('2026-01-02T00:00:00Z'))),
      1,
    ],
    ['a scan of a shared digest', shared(rowOf('alpha', scanned('2026-01-02T00:00:00Z')), rowOf('beta')), 2],
    ['a scan, and the other has left', shared(rowOf('alpha', scanned('2026-01-02T00:00:00Z'))), 2],
    ['a shared digest that is now of the other', shared(rowOf('beta')), 2],
    ['a new image', { images: [image('c', 'alpha')] }, 2],
    ['a change', { images: [image('a', 'alpha')] }, 2],
    ['an image that leaves the namespace', { images: [image('a', 'beta')] }, 2],
    ['a removal', { gone: ['a'] }, 2],
  ])('has the same version whenever an instance is asked first, after %s', async (_, step, version) => {
    const early = firstAsked();
    expect(early.dataVersion).toBe(1);
    await apply(step);
    await apply({ images: [image('d', 'beta')] });
    const late = firstAsked();
    expect([early.dataVersion, late.dataVersion]).toEqual([version, version]);
    for (const seen of [early, late]) expect(seen.stateOf(1).version).toBe(version === 1 ? 3 : 1);
  });

  it('has the same changes when an instance is asked first after a purge', async () => {
    const severe = { severity: 'high' } as const;
    await apply(shared(rowOf('alpha')));
    await apply(shared(rowOf('alpha', severe), rowOf('beta')));
    const early = firstAsked();
    const { images } = shared(rowOf('alpha', severe), { ...rowOf('beta'), readAt: 0 });
    await index.apply({ ...changeSet(index.version + 1, { images }), purged: ['s'] });
    const late = firstAsked();
    expect([early.dataVersion, late.dataVersion]).toEqual([3, 3]);
    for (const seen of [early, late]) expect(seen.stateOf(2).version).toBe(2);
  });

  it('is kept for 15 minutes after a change, however long it was quiet before', async () => {
    const seen = firstAsked();
    expect(seen.dataVersion).toBe(1);
    for (let step = 0; step < 3; step += 1) {
      clock.advance(20 * minute);
      await apply({ images: [image('b', 'beta')] });
    }
    await apply({ gone: ['a'] });
    for (const asked of [seen, firstAsked()]) expect(asked.stateOf(1).version).toBe(4);
    clock.advance(15 * minute);
    await apply({ images: [image('b', 'beta')] });
    for (const asked of [seen, firstAsked()]) expect(() => asked.stateOf(1)).toThrow(VersionGone);
    expect(seen.stateOf(5).version).toBe(6);
  });

  it('forgets changes with their versions', async () => {
    const seen = firstAsked();
    for (let step = 0; step < 5; step += 1) {
      clock.advance(16 * minute);
      await apply({ images: [image('a', 'alpha')] });
    }
    for (const version of [1, 3, 4]) expect(() => seen.stateOf(version)).toThrow(VersionGone);
    expect([seen.stateOf(5).version, seen.stateOf(6).version]).toEqual([5, 6]);
  });
});
