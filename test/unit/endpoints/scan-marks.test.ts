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
    const marks = new ScanMarks('scope');
    marks.learn([row('one', late), row('two', early), row(null, late), row('three', null)]);
    marks.learn([row('one', early), row('two', late)]);
    expect(['one', 'sha256:two', 'three'].map((id) => marks.of(id))).toEqual([late, late, undefined]);
  });

  it('are sent when they are new, and accepted in the same scope only', () => {
    const [one, same, other] = [new ScanMarks('scope'), new ScanMarks('scope'), new ScanMarks('other')];
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

  it('ignore messages that cannot be read', () => {
    const marks = new ScanMarks('scope');
    marks.learn([row('one', early)]);
    for (const garbage of ['', '{', 'null', '[]', '["scope",1]', '["scope",[["one","zzz"],["one"],null]]'])
      marks.receive(garbage);
    expect(marks.of('one')).toBe(early);
  });
});
