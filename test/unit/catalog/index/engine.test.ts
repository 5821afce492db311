import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Engine } from '../../../../src/catalog/index/tables/engine.js';
import { systemClock } from '../../../../src/time/clock.js';
import { endlessQuery } from '../../../support/catalog/endless-query.js';

describe('the engine of the tables', () => {
  let engine: Engine;

  beforeEach(async () => {
    engine = await Engine.open(64, 'CREATE TABLE numbers AS SELECT 1 AS number', systemClock);
  });

  afterEach(() => engine.close());

  const asker = (consumer: string) => {
    const asking = new AbortController();
    const tables = engine.readerFor({ consumer, deadline: asking });
    return {
      leave: () => asking.abort(new Error(`${consumer} has left`)),
      endless: () => tables.ask(endlessQuery, []),
      quick: () => tables.askColumn('SELECT number FROM numbers', []),
    };
  };

  it('interrupts the query of an asker who leaves, and answers the next one', async () => {
    const [one, other] = [asker('a'), asker('a')];
    const left = [one.endless(), other.endless()].map((query) => query.catch(String));
    const next = asker('a').quick();
    one.leave();
    other.leave();
    expect(await Promise.all(left)).toEqual(['Error: a has left', 'Error: a has left']);
    expect(await next).toEqual([1]);
  });

  it('answers a consumer while endless queries of another one run', async () => {
    const hogs = Array.from({ length: 5 }, () => asker('hog'));
    const endless = hogs.map((hog) => hog.endless().catch(String));
    expect(await asker('b').quick()).toEqual([1]);
    for (const hog of hogs) hog.leave();
    expect(new Set(await Promise.all(endless))).toEqual(new Set(['Error: hog has left']));
  });

  it('interrupts a query that has not begun on its thread yet', async () => {
    for (let round = 0; round < 10; round += 1) {
      const one = asker('a');
      const left = one.endless().catch(String);
      // The query is prepared after one turn of the event loop or a few, and begins a moment later.
      for (let turns = 0; turns < round; turns += 1) await new Promise((turn) => setImmediate(turn));
      one.leave();
      expect(await left).toBe('Error: a has left');
    }
    expect(await asker('a').quick()).toEqual([1]);
  });

  it('answers the same text of a query after it was interrupted', async () => {
    for (let round = 0; round < 3; round += 1) {
      const one = asker('a');
      const left = one.endless().catch(String);
      await asker('b').quick();
      one.leave();
      expect(await left).toBe('Error: a has left');
    }
    expect(await asker('a').quick()).toEqual([1]);
  });
});
