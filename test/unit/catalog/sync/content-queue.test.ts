import { describe, expect, it } from '@jest/globals';
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
});
