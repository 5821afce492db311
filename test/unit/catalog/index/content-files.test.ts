import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ContentFiles } from '../../../../src/catalog/index/documents/content-files.js';
import { History } from '../../../../src/catalog/index/history.js';
import { Slices } from '../../../../src/catalog/index/slices.js';
import { notSynced } from '../../../../src/catalog/model/sync-state.js';
import { contentDocument, imageDocument } from '../../../support/catalog/documents.js';
import { TestClock } from '../../../support/test-clock.js';

/** Each slice is over at the first look. */
function shortSlices(): Slices {
  let now = 0;
  return new Slices({ monotonic: () => (now += 1) });
}

describe('the files of contents', () => {
  it('that are used are collected with pauses', async () => {
    const files = new ContentFiles();
    files.add(1, Int32Array.of(2, 3));
    files.add(2, Int32Array.of(3, 5));
    let hasTurned = false;
    setImmediate(() => (hasTurned = true));
    expect([...(await files.used(6, shortSlices()))]).toEqual([0, 0, 1, 1, 0, 1]);
    expect(hasTurned).toBe(true);
    expect([...(await files.used(6, shortSlices(), [2, 9]))]).toEqual([0, 0, 0, 1, 0, 1]);
  });
});

describe('the files of a replaced content', () => {
  const clock = TestClock.still();
  let history: History;

  beforeEach(async () => {
    history = await History.open(clock, 64, 0);
  });

  afterEach(() => history.engine.close());

  async function write(version: number, name: string): Promise<void> {
    const images = [imageDocument('k', { serial: 1 })];
    const contents = [contentDocument('k', null, [{ path: '/', name }])];
    const publish = await history.write({ images, contents, gone: [] }, version);
    publish();
    history.versions.advance({ changedAt: 0, sync: notSynced });
  }

  it('are dropped with the last version that has them', async () => {
    const used = async () => [...(await history.rows.contentFiles.used(3, shortSlices()))];
    await write(1, 'before');
    await write(2, 'after');
    await history.tidy();
    expect(await used()).toEqual([0, 1, 1]);
    clock.advance(15 * 60_000);
    await history.tidy();
    expect(await used()).toEqual([0, 0, 1]);
  });
});
