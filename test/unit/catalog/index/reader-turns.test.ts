import { describe, expect, it } from '@jest/globals';
import { ReaderTurns } from '../../../../src/catalog/index/tables/reader-turns.js';
import { CatalogBusy } from '../../../../src/catalog/model/reader.js';
import { TestClock } from '../../../support/test-clock.js';

/** Lets every promise that is ready go on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Readers whose queries end when the test says so. */
function turnsOf(readers: number) {
  const clock = TestClock.still();
  const turns = new ReaderTurns(
    Array.from({ length: readers }, (_, at) => at),
    clock,
  );
  const running: { name: string; end: () => void }[] = [];
  const failed: unknown[] = [];
  const ask = (name: string) => {
    const asking = new AbortController();
    const asker = { consumer: name.charAt(0), deadline: asking };
    const action = () => new Promise<void>((end) => running.push({ name, end }));
    turns.run(asker, action).catch((error: unknown) => failed.push(error));
    return asking;
  };
  /** Ends all running queries, one after the other, as long as there are any. @returns the order of all. */
  const order = async () => {
    const names: string[] = [];
    for (let next = running.shift(); next; next = running.shift()) {
      names.push(next.name);
      clock.advance(100);
      next.end();
      await settled();
    }
    return names.join(' ');
  };
  return { clock, turns, running, failed, ask, order };
}

describe('turns at the readers of the tables', () => {
  it.each([
    [3, 'a1 a2 a3 a4 a5 b1 b2', 'a1 a2 b1 a3 b2 a4 a5'],
    [3, 'a1 a2 a3 a4 b1 c1 c2 b2', 'a1 a2 b1 c1 a3 b2 c2 a4'],
    [2, 'a1 a2 a3 b1 b2 c1', 'a1 b1 a2 b2 c1 a3'],
    [1, 'a1 a2 a3 b1', 'a1 a2 b1 a3'],
  ])('go round the consumers with %i readers: %s', async (readers, asked, served) => {
    const { ask, order } = turnsOf(readers);
    for (const name of asked.split(' ')) ask(name);
    await settled();
    expect(await order()).toBe(served);
  });

  it('are never all of one consumer', async () => {
    const { ask, running } = turnsOf(3);
    for (const name of ['a1', 'a2', 'a3', 'a4']) ask(name);
    await settled();
    expect(running.map(({ name }) => name)).toEqual(['a1', 'a2']);
    ask('b1');
    await settled();
    expect(running.map(({ name }) => name)).toEqual(['a1', 'a2', 'b1']);
  });

  it('leave the line with their askers', async () => {
    const { ask, failed, order } = turnsOf(2);
    ask('a1');
    const [gone, last] = ['a2', 'a3'].map(ask);
    ask('a4');
    await settled();
    gone!.abort(new Error('gone'));
    last!.abort(new Error('last'));
    await settled();
    expect(failed.map(String)).toEqual(['Error: gone', 'Error: last']);
    expect(await order()).toBe('a1 a4');
    ask('b1').abort();
    await settled();
  });

  it('are not given to an asker who has left', async () => {
    const { turns } = turnsOf(2);
    const signal = AbortSignal.abort(new Error('gone'));
    const run = turns.run({ consumer: 'a', deadline: { signal } }, () => Promise.resolve());
    await expect(run).rejects.toThrow('gone');
  });

  it('have a bounded line for each consumer, and tell when it is shorter', async () => {
    const { clock, ask, failed, running, order } = turnsOf(3);
    for (const name of ['a1', 'a2', 'a3', 'a4']) ask(name);
    await settled();
    await order();
    for (let at = 0; at < 103; at += 1) ask(`a${at}`);
    await settled();
    expect(failed).toHaveLength(1);
    const [busy] = failed as [CatalogBusy];
    expect(busy).toBeInstanceOf(CatalogBusy);
    // Four queries of 100 ms have moved the mean, which began at nothing.
    const waitMs = busy.retryAt - clock.now();
    expect(waitMs).toBeGreaterThan(50 * 20);
    expect(waitMs).toBeLessThan(50 * 100);
    ask('b1');
    await settled();
    expect(running.map(({ name }) => name)).toContain('b1');
  });

  it('end when all readers are idle', async () => {
    const { turns, ask, order } = turnsOf(2);
    await turns.idle();
    for (const name of ['a1', 'a2', 'b1']) ask(name);
    await settled();
    let isIdle = false;
    const idle = turns.idle().then(() => (isIdle = true));
    await settled();
    expect(isIdle).toBe(false);
    await order();
    await idle;
  });
});
