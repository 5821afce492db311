import { describe, expect, it } from '@jest/globals';
import { ScanMarks } from '../../../src/endpoints/lists/scan-marks.js';

const row = (id: string | null, scannedAt: string | null) => ({
  imageId: id,
  digest: id === null ? null : `sha256:${id}`,
  scan: { status: 'completed', scannedAt, failure: null },
});
const [early, late] = ['2026-11-20T10:00:00.000Z', '2026-11-21T10:00:00.000Z'];

describe('the marks of scans', () => {
  it('are the last scans in the lists, by id with and without the algorithm', () => {
    const marks = new ScanMarks('scope', 100_000);
    marks.learn([row('one', late), row('two', early), row(null, late), row('three', null)]);
    marks.learn([row('one', early), row('two', late)]);
    expect(['one', 'sha256:two', 'three'].map((id) => marks.of(id))).toEqual([late, late, undefined]);
  });

  it('are sent when they are new, and accepted in the same scope only', () => {
    const [one, same, other] = [
      new ScanMarks('scope', 100_000),
      new ScanMarks('scope', 100_000),
      new ScanMarks('other', 100_000),
    ];
    const rows = [row('one', early)];
    const news = one.learn(rows);
    expect(one.learn(rows)).toBeUndefined();
    expect(one.learn([row('one', early)])).toBeUndefined();
    for (const marks of [same, other]) marks.receive(news!);
    expect([same.of('one'), other.of('one')]).toEqual([early, undefined]);
    expect(same.learn([row('one', early)])).toBeUndefined();
    same.receive(one.learn([row('one', late)])!);
    expect(same.of('one')).toBe(late);
    same.receive(news!);
    expect(same.of('one')).toBe(late);
  });

  it('stay within their memory, and keep those that were used last', () => {
    const maxBytes = 100_000;
    const marks = new ScanMarks('scope', maxBytes);
    const digest = (index: number) => String(index).padStart(64, '0');
    marks.learn([row(digest(0), early)]);
    for (let index = 1; index < 1_000; index += 1) {
      marks.learn([row(digest(index), early)]);
      marks.of(digest(0));
    }
    expect([0, 1, 999].map((index) => marks.of(digest(index)))).toEqual([early, undefined, early]);
    expect(marks.bytes).toBeLessThanOrEqual(maxBytes);
    expect(marks.bytes).toBeGreaterThan(maxBytes / 2);
    // Another instance can send an id of any length.
    marks.receive(JSON.stringify(['scope', [['x'.repeat(2 * maxBytes), late]]]));
    expect([marks.of(digest(0)), marks.bytes <= maxBytes]).toEqual([early, true]);
  });

  it('ignore messages that cannot be read', () => {
    const marks = new ScanMarks('scope', 100_000);
    marks.learn([row('one', early)]);
    for (const garbage of ['', '{', 'null', '[]', '["scope",1]', '["scope",[["one","zzz"],["one"],null]]'])
      marks.receive(garbage);
    expect(marks.of('one')).toBe(early);
  });
});
