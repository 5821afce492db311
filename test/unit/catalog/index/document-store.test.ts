import { describe, expect, it } from '@jest/globals';
import { pack, repack, textOf } from '../../../../src/catalog/index/documents/document-store.js';
import { History } from '../../../../src/catalog/index/history.js';
import { contentDocument, imageDocument } from '../../../support/catalog/documents.js';
import { TestClock } from '../../../support/test-clock.js';

/** The memory that a block keeps, and its bytes. */
const memoryOf = (block: Buffer) => [block.buffer.byteLength, block.length];

describe('the block of a document', () => {
  it('keeps no memory but its own bytes', () => {
    const [packed] = pack([{ key: 'a' }]);
    const again = repack(packed!);
    expect(textOf(again)).toBe('{"key":"a"}');
    for (const { block } of [packed!, again]) {
      const [kept, length] = memoryOf(block);
      expect(kept).toBe(length);
    }
  });

  it('keeps no memory but its own bytes after a load', async () => {
    const clock = TestClock.still();
    const written = await History.open(clock, 64, 0);
    const loaded = await History.open(clock, 64, 1);
    try {
      const files = Array.from({ length: 20 }, (_, n) => ({ path: '/', name: `f${n}` }));
      const contents = [contentDocument('k', null, files)];
      const publish = await written.write(
        { images: [imageDocument('k', { serial: 1 })], contents, gone: [] },
        1,
      );
      publish();
      await loaded.load(written.snapshot(), 1);
      const { block, content } = loaded.rows.newest('k')!;
      for (const each of [block, content!.summary.block, content!.files!.block]) {
        const [kept, length] = memoryOf(each);
        expect(kept).toBe(length);
      }
    } finally {
      await written.engine.close();
      await loaded.engine.close();
    }
  });
});
