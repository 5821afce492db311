import { describe, expect, it } from '@jest/globals';
import { ListBody } from '../../../src/http/list-body.js';
import { heapInUse } from '../../long/heap.js';

const page = (...rows: object[]) => new ListBody(rows, { next: null, total: rows.length });

describe('the texts of rows', () => {
  let made = 0;
  const row = {
    get name() {
      made += 1;
      return 'app';
    },
  };

  it('are made once for several pages, until others need the room', () => {
    const first = page(row).render();
    expect(first.text).toBe('{"items":[{"name":"app"}],"next":null,"total":1}');
    expect(page(row, row).render().text).toContain('[{"name":"app"},{"name":"app"}]');
    expect(made).toBe(1);
    for (let other = 0; other < 20; other += 1) page({ text: `${other}`.repeat(500_000) }).render();
    expect(page(row).render()).toEqual(first);
    expect(made).toBe(2);
  });

  it('are not kept where one alone is above the bound', async () => {
    const rows = Array.from({ length: 5 }, (_, n) => ({ toJSON: () => `${n}`.repeat(9_000_000) }));
    const before = await heapInUse();
    for (const row of rows) expect(page(row).render().text.length).toBeGreaterThan(9_000_000);
    expect(((await heapInUse()) - before) / rows.length).toBeLessThan(1_000_000);
  });
});
