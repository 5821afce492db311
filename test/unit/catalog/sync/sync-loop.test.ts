import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { Fenced } from '../../../../src/catalog/log/catalog-log.js';
import type { ContentPart } from '../../../../src/catalog/model/documents.js';
import type { ContentSync } from '../../../../src/catalog/sync/content-sync.js';
import { SyncFailures } from '../../../../src/catalog/sync/sync-failures.js';
import { SyncLoop } from '../../../../src/catalog/sync/sync-loop.js';
import { WakeSignal } from '../../../../src/catalog/sync/wake-signal.js';
import { TestClock } from '../../../support/test-clock.js';
import { until } from '../../../support/until.js';

const second = 1_000;
const minute = 60 * second;

describe('the loop of the syncing instance', () => {
  let clock: TestClock;
  let wake: WakeSignal;
  let failures: SyncFailures;
  let over: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    clock = TestClock.still();
    wake = new WakeSignal(clock);
    failures = new SyncFailures(clock, pino({ level: 'silent' }));
    over = new AbortController();
    running = Promise.resolve();
  });

  afterEach(async () => {
    over.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  /**
   * A list with the given tasks, each due at once. Each call of a fake lets the event loop turn, so a loop without a
   * pause does not block its test, which fails by the time limit.
   */
  function listOf(...tasks: (() => Promise<void>)[]) {
    const list = {
      name: 'list',
      runs: 0,
      dueAt: 0,
      runNext: async () => {
        const task = tasks[list.runs];
        list.runs += 1;
        if (list.runs === tasks.length) list.dueAt = Infinity;
        await eventLoopTurn();
        await task?.();
      },
    };
    if (tasks.length === 0) list.dueAt = Infinity;
    return list;
  }

  /** Contents in which each part has the given number of images to read. */
  function contentsOf(toRead: Partial<Record<ContentPart, number>> = {}) {
    const left = { baseOs: 0, files: 0, ...toRead };
    const contents = {
      left,
      searches: 0,
      readNext: async (part: ContentPart) => {
        await eventLoopTurn();
        left[part] -= 1;
        return left[part] >= 0;
      },
      findExpired: async (): Promise<void> => {
        await eventLoopTurn();
        contents.searches += 1;
      },
    };
    return contents;
  }

  function start(lists: ReturnType<typeof listOf>[], contents = contentsOf()): void {
    const parts = {
      lists,
      contents: contents as unknown as ContentSync,
      failures,
      wake,
      clock,
    };
    running = new SyncLoop(parts).run(over.signal);
  }

  const settle = async () => {
    for (let turns = 0; turns < 10; turns += 1) await eventLoopTurn();
  };

  it('lets no list wait for another, and runs one task of each', async () => {
    let busy = 0;
    let mostBusy = 0;
    const task = async () => {
      mostBusy = Math.max(mostBusy, (busy += 1));
      await eventLoopTurn();
      busy -= 1;
    };
    const stuck = listOf(() => once(over.signal, 'abort').then(() => undefined));
    const list = listOf(task, task, task);
    start([stuck, list]);
    await until(() => list.runs === 3);
    expect([stuck.runs, mostBusy]).toEqual([1, 1]);
  });

  it('lets requests through between tasks that need no call', async () => {
    let left = 1_000;
    const contents = contentsOf();
    contents.readNext = () => Promise.resolve((left -= 1) > 0);
    start([], contents);
    await eventLoopTurn();
    expect(left).toBeGreaterThan(900);
    await until(() => left <= 0);
  });

  it('waits until a list is due', async () => {
    const list = listOf(() => Promise.resolve());
    list.dueAt = clock.now() + 30 * second;
    start([listOf(), list]);
    await settle();
    expect(list.runs).toBe(0);
    clock.advance(30 * second);
    await until(() => list.runs === 1);
  });

  it('looks for work again when it is woken', async () => {
    const list = listOf(() => Promise.resolve());
    list.dueAt = Infinity;
    start([list]);
    await settle();
    list.dueAt = 0;
    await settle();
    expect(list.runs).toBe(0);
    wake.wake();
    await until(() => list.runs === 1);
  });

  it('looks for work again after a minute without a wake-up', async () => {
    const list = listOf(() => Promise.resolve());
    list.dueAt = Infinity;
    start([list]);
    await settle();
    list.dueAt = 0;
    clock.advance(minute);
    await until(() => list.runs === 1);
  });

  it('leaves HSS alone for a while after a failure, then tries again', async () => {
    const list = listOf(
      () => Promise.reject(new Error('HSS is away')),
      () => Promise.resolve(),
    );
    start([list]);
    await settle();
    expect(failures.last?.code).toBe('internal');
    clock.advance(4 * second);
    await settle();
    expect(list.runs).toBe(1);
    clock.advance(second);
    await until(() => list.runs === 2);
  });

  it('goes on reading content while the lists fail', async () => {
    const contents = contentsOf({ baseOs: 3, files: 3 });
    start([listOf(() => Promise.reject(new Error('HSS is away')))], contents);
    await until(() => Math.max(contents.left.baseOs, contents.left.files) < 0);
  });

  it('reads all content without a pause, then waits to be woken', async () => {
    const contents = contentsOf({ files: 100 });
    start([], contents);
    await until(() => contents.left.files < 0);
    contents.left.files = 1;
    await settle();
    expect(contents.left.files).toBe(1);
    wake.wake();
    await until(() => contents.left.files < 0);
  });

  it('looks for content past its life every ten minutes', async () => {
    const contents = contentsOf();
    start([], contents);
    await settle();
    for (let passed = 0; passed < 10; passed += 1) {
      clock.advance(minute);
      await settle();
    }
    expect(contents.searches).toBe(0);
    clock.advance(minute);
    await settle();
    // One search for each of the two parts.
    expect(contents.searches).toBe(2);
  });

  it('looks for content past its life again after a failed search', async () => {
    const contents = contentsOf();
    const search = contents.findExpired;
    contents.findExpired = async () => {
      await search();
      if (contents.searches < 3) throw new Error('The index is away');
    };
    start([], contents);
    await settle();
    clock.advance(11 * minute);
    await until(() => contents.searches === 2);
    clock.advance(5 * second);
    await until(() => contents.searches === 4);
  });

  it('ends all work, without an error, when the log refuses a step', async () => {
    const list = listOf(() => Promise.reject(new Fenced()));
    start([list], contentsOf({ files: 5 }));
    await expect(running).resolves.toBeUndefined();
    expect(failures.last).toBeNull();
  });

  it('ends when its signal aborts, even during a pause', async () => {
    start([listOf(() => Promise.reject(new Error('HSS is away')))]);
    await settle();
    over.abort();
    await expect(running).resolves.toBeUndefined();
  });
});
