import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeSet } from '../../../../src/catalog/model/change-set.js';
import { ContentQueue } from '../../../../src/catalog/sync/content-queue.js';
import {
  changeSet,
  contentDocument,
  imageDocument,
  registryRecord,
} from '../../../support/catalog/documents.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';

const tenMinutes = 10 * 60_000;

describe('the queue of content', () => {
  it('asks three times for an image without an answer of HSS', async () => {
    const store = new MemoryCatalog();
    const key = 'a'.repeat(64);
    await store.apply(
      changeSet(1, {
        images: [imageDocument(key, { entries: [registryRecord({ digest: `sha256:${key}` })] })],
        contents: [contentDocument(key, [], [])],
      }),
    );
    const queue = new ContentQueue(store);
    await queue.rebuild();
    let now = 0;
    let asked = 0;
    for (let look = 0; look < 10; look += 1, now += tenMinutes) {
      await queue.findExpired('files', 1_000, now);
      if (queue.next('files', now) === undefined) continue;
      asked += 1;
      queue.failed(key, 'files', now);
    }
    expect(asked).toBe(3);
  });

  it('asks again when the clock was set back, for another image too', async () => {
    const store = new MemoryCatalog();
    const [tried, told] = ['a'.repeat(64), 'b'.repeat(64)];
    const scan = { status: 'completed', scannedAt: '2026-01-01T00:00:00.000Z', failure: null };
    const images = [tried, told].map((key) =>
      imageDocument(key, { entries: [registryRecord({ digest: `sha256:${key}`, scan })] }),
    );
    const day = 24 * 3_600_000;
    const notKnown = { askedAt: day, times: 3, askAgainAt: 2 * day, scannedUntil: scan.scannedAt };
    const contents = [{ ...contentDocument(told, null, null), notKnown: { files: notKnown } }];
    await store.apply(changeSet(1, { images, contents }));
    const queue = new ContentQueue(store);
    await queue.rebuild();
    for (let times = 0; times < 3; times += 1) queue.failed(tried, 'files', day);
    expect(queue.next('files', day)).toBeUndefined();
    const hourBefore = day - 3_600_000;
    const found = [queue.next('files', hourBefore)];
    queue.failed(found[0]!, 'files', hourBefore);
    found.push(queue.next('files', hourBefore));
    expect(found.sort()).toEqual([tried, told]);
  });

  it('reads other images first after a failure that may concern one image', async () => {
    const store = new MemoryCatalog();
    const scan = { status: 'completed', scannedAt: '2026-01-01T00:00:00.000Z', failure: null };
    const [bad, good] = ['a'.repeat(64), 'b'.repeat(64)];
    const imageOf = (key: string, severity: string) =>
      imageDocument(key, { entries: [registryRecord({ digest: `sha256:${key}`, severity, scan })] });
    await store.apply(changeSet(1, { images: [imageOf(bad, 'high'), imageOf(good, 'low')] }));
    const queue = new ContentQueue(store);
    await queue.rebuild();
    expect(queue.next('files', 0)).toBe(bad);
    for (let times = 0; times < 5; times += 1) queue.setAside(bad, 'files', 0);
    expect([queue.next('files', 0), queue.next('baseOs', 0)]).toEqual([good, bad]);
    // HSS may have been down for all images, so the failures are no tries.
    expect(queue.next('files', tenMinutes)).toBe(bad);
  });

  it('leaves an image alone that HSS did not know, until a newer scan', async () => {
    const store = new MemoryCatalog();
    const key = 'a'.repeat(64);
    const scanAt = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
    const image = (day: number) =>
      imageDocument(key, {
        entries: [
          registryRecord({
            digest: `sha256:${key}`,
            scan: { status: 'completed', scannedAt: scanAt(day), failure: null },
          }),
        ],
      });
    const told = { askedAt: 0, times: 1, askAgainAt: 500, scannedUntil: scanAt(2) };
    const contents = [{ ...contentDocument(key, null, null), notKnown: { files: told } }];
    await store.apply(changeSet(1, { images: [image(2)], contents }));
    const queue = new ContentQueue(store);
    await queue.rebuild();
    expect([queue.next('files', 499), queue.next('files', 500)]).toEqual([undefined, key]);
    expect(queue.next('baseOs', 0)).toBe(key);
    const rescanned = changeSet(2, { images: [image(3)] });
    await store.apply(rescanned);
    queue.learn(rescanned);
    expect(queue.next('files', 0)).toBe(key);
  });

  it('gives an image once that a purge has changed unnoticed', async () => {
    const store = new MemoryCatalog();
    const key = 'a'.repeat(64);
    const imageOf = (status: string | null) =>
      imageDocument(key, {
        entries: [
          registryRecord({
            digest: `sha256:${key}`,
            scan: { status, scannedAt: null, failure: null },
          }),
        ],
      });
    await store.apply(changeSet(1, { images: [imageOf('completed')] }));
    const queue = new ContentQueue(store);
    await queue.rebuild();
    await store.apply(changeSet(2, { images: [imageOf(null)] }));
    expect(queue.next('files', 0)).toBe(key);
    queue.succeeded(key, 'files');
    expect(queue.next('files', 0)).toBeUndefined();
  });

  describe('keeps nothing of an image that is gone', () => {
    const key = 'a'.repeat(64);
    const scan = { status: 'completed', scannedAt: '2026-01-01T00:00:00.000Z', failure: null };
    const image = imageDocument(key, { entries: [registryRecord({ digest: `sha256:${key}`, scan })] });
    let store: MemoryCatalog;
    let queue: ContentQueue;

    beforeEach(async () => {
      store = new MemoryCatalog();
      await store.apply(changeSet(1, { images: [image] }));
      queue = new ContentQueue(store);
      await queue.rebuild();
    });

    async function step(change: Partial<ChangeSet>): Promise<void> {
      const changes = changeSet(store.version + 1, change);
      await store.apply(changes);
      queue.learn(changes);
    }

    it('not the hint of a consumer', async () => {
      queue.hint(key, 'files');
      await step({ gone: [key] });
      expect(queue.next('files', 0)).toBeUndefined();
    });

    it.each<[string, (during: () => Promise<void>) => Promise<void>]>([
      [
        'not its failures before',
        async (goes) => {
          queue.failed(key, 'files', 0);
          await goes();
        },
      ],
      [
        'not a failure of a call that was under way',
        async (goes) => {
          await goes();
          queue.setAside(key, 'files', 0);
        },
      ],
      [
        'not its failures when another instance saw it go',
        async () => {
          queue.failed(key, 'files', 0);
          await store.apply(changeSet(store.version + 1, { gone: [key] }));
          await queue.rebuild();
        },
      ],
    ])('%s', async (_title, happens) => {
      await happens(() => step({ gone: [key] }));
      await step({ images: [image] });
      expect(queue.next('files', 0)).toBe(key);
    });
  });
});
