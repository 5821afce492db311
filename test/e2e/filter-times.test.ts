// How the service reads times in filters, completes them and sends them to HSS.
import { describe, expect, it } from '@jest/globals';
import { filterUrl, int64Max, local, registry, useFilters } from '../support/filters.js';
import { until } from '../support/until.js';

const minuteMs = 60_000;

const pairs: [path: string, pair: string, hssName: string][] = [
  [registry, 'updated', 'latest_update_time'],
  [registry, 'scanned', 'latest_scan_time'],
  [registry, 'synced', 'latest_sync_time'],
  [local, 'updated', 'latest_update_time'],
  [local, 'scanned', 'latest_scan_time'],
];

describe('time filters', () => {
  const story = useFilters();

  describe.each(pairs)('of %s: %s, %s to HSS', (path, pair, hssName) => {
    const [after, before] = [`${pair}After`, `${pair}Before`];
    const sentAs = (start: string, end: string) => ({ [`start_${hssName}`]: start, [`end_${hssName}`]: end });
    const start = '2024-03-09T08:38:26.292Z';
    const startMs = '1709973506292';

    it.each([
      ['UTC', '2024-03-09T08:38:26.292Z', '1709973506292'],
      ['an offset', '2024-03-09T16:38:26.292+08:00', '1709973506292'],
      ['lower case', '2024-03-09t08:38:26z', '1709973506000'],
      ['finer than milliseconds', '2024-03-09T08:38:26.292999999Z', '1709973506292'],
      ['a leap day', '2024-02-29T00:00:00Z', '1709164800000'],
      ['milliseconds', '1709973506292', '1709973506292'],
      ['the beginning', '1970-01-01T00:00:00Z', '0'],
    ])('are read: %s', async (_, given, sent) => {
      const filters = await story.asked(path, { [after]: given, [before]: int64Max });
      expect(filters).toEqual(sentAs(sent, int64Max));
    });

    it('completes a missing start with 0', async () => {
      expect(await story.asked(path, { [before]: start })).toEqual(sentAs('0', startMs));
    });

    it('completes a missing end with the moment of the call', async () => {
      const end = String(story.clock.now());
      expect(await story.asked(path, { [after]: start })).toEqual(sentAs(startMs, end));
    });

    it('asks one question all day: an open end is no part of its key', async () => {
      const url = filterUrl(path, { [after]: start });
      const first = await story.service.get(url);
      story.clock.advance(20_000);
      expect((await story.service.get(url)).headers.get('cache-status')).toMatch(/; hit/);
      expect(story.emulator.journal.calls()).toHaveLength(1);
      story.clock.advance(3_600_000);
      story.emulator.faults.schedule({ kind: 'reset' });
      const stale = await story.service.get(url);
      expect([stale.status, stale.body]).toEqual([200, first.body]);
      expect(stale.headers.get('cache-status')).toMatch(/ttl=-/);
      await until(() => story.emulator.journal.calls().length === 2);
    });

    it('reads all pages of a walk from the same blocks', async () => {
      const first = await story.service.get(filterUrl(path, { [after]: '0', limit: '5' }));
      story.clock.advance(5 * minuteMs);
      const second = await story.service.get(first.body.next);
      expect(second.body).toMatchObject({ offset: 5, total: first.body.total });
      const { searchParams } = new URL(second.body.next, story.service.url);
      expect([searchParams.get(after), searchParams.get(before)]).toEqual(['0', null]);
      // A call for the question of the test before can still come.
      const calls = story.emulator.journal.calls().filter(({ query }) => query[`start_${hssName}`] === '0');
      expect(calls).toHaveLength(1);
    });

    it('refuses a start after the end', async () => {
      await story.expectRefused(path, { [after]: startMs, [before]: '1709973506291' }, [after]);
      await story.expectRefused(path, { [after]: '2024-03-09T08:38:26.293Z', [before]: start }, [after]);
      await story.expectRefused(path, { [after]: int64Max, [before]: '9223372036854775806' }, [after]);
    });

    it.each([
      ['1709973506', 'seconds: 1709973506000'],
      ['2024-03-09', '2024-03-09T00:00:00Z'],
      ['2024-03-09T16:38:26 08:00', '%2B'],
      ['2024-03-09T16:38:26', 'append Z'],
    ])('tells what is wrong with %s', async (given, words) => {
      for (const field of [after, before]) {
        await story.expectRefused(path, { [field]: given }, [field]);
        const { body } = await story.service.get(filterUrl(path, { [field]: given }));
        expect(body.errors[0].message).toContain(words);
      }
    });

    it('refuses a start in the future that has no end', async () => {
      await story.expectRefused(path, { [after]: String(story.clock.now() + 1) }, [after]);
      await story.expectRefused(path, { [after]: int64Max }, [after]);
    });

    it(`${path === local ? 'refuses' : 'takes'} a start that equals the end`, async () => {
      const query = { [after]: start, [before]: startMs };
      if (path === local) await story.expectRefused(path, query, [after]);
      else expect(await story.asked(path, query)).toEqual(sentAs(startMs, startMs));
    });
  });
});
