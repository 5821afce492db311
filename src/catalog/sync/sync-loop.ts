/**
 * The loop of the syncing instance: runs the tasks of both lists in turns, and the content sync beside them,
 * until the instance stops syncing. SyncSession starts the loop. The loop itself neither calls HSS nor writes the
 * log.
 */
import { sleep, type Clock } from '../../time/clock.js';
import { Fenced } from '../log/catalog-log.js';
import type { ContentPart } from '../model/documents.js';
import type { ContentSync } from './content-sync.js';
import type { ListSync } from './list-sync.js';
import type { SyncFailures } from './sync-failures.js';
import type { WakeSignal } from './wake-signal.js';

/** When no task is due the loop looks again after at most this long. */
const longestWaitMs = 60_000;
/** Time between two searches for content past its life. Each search goes over all images. */
const expiredEveryMs = 10 * 60_000;

export interface SyncLoopParts {
  /** Work that makes list calls. */
  lists: readonly Pick<ListSync, 'dueAt' | 'runNext'>[];
  contents: ContentSync;
  failures: SyncFailures;
  wake: WakeSignal;
  clock: Clock;
}

export class SyncLoop {
  constructor(private readonly parts: SyncLoopParts) {}

  /** Never throws. @returns when `signal` aborts, or when the log has refused a step. */
  async run(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const endAllAfter = async (work: Promise<void>) => {
      await work.catch(() => undefined);
      over.abort(new Fenced());
    };
    await Promise.all([
      endAllAfter(this.#runLists(either)),
      endAllAfter(this.#runContent('baseOs', either)),
      endAllAfter(this.#runContent('files', either)),
    ]);
  }

  /**
   * The lists take turns, with one list call at a time in the whole fleet. An instance that takes over from a
   * dead one repeats at most one call.
   */
  async #runLists(signal: AbortSignal): Promise<void> {
    const { clock, wake } = this.parts;
    const order = [...this.parts.lists];
    for (;;) {
      signal.throwIfAborted();
      const now = clock.now();
      const next = order.find(({ dueAt }) => dueAt <= now);
      if (!next) {
        const dueAt = Math.min(...order.map((list) => list.dueAt));
        await wake.wait(Math.min(longestWaitMs, dueAt - now), signal);
        continue;
      }
      order.splice(order.indexOf(next), 1);
      order.push(next);
      await this.#attempt('lists', signal, () => next.runNext(signal));
    }
  }

  async #runContent(part: ContentPart, signal: AbortSignal): Promise<void> {
    const { contents, clock, wake } = this.parts;
    let searchedAt = clock.monotonic();
    const readOrSearch = async (): Promise<boolean> => {
      if (await contents.readNext(part, signal)) return true;
      if (clock.monotonic() - searchedAt <= expiredEveryMs) return false;
      await contents.findExpired(part);
      searchedAt = clock.monotonic();
      return true;
    };
    for (;;) {
      signal.throwIfAborted();
      const isBusy = await this.#attempt(part, signal, readOrSearch);
      if (isBusy === false) await wake.wait(longestWaitMs, signal);
    }
  }

  /** @returns undefined after a failure and the pause that follows the failure. */
  async #attempt<T>(work: string, signal: AbortSignal, task: () => Promise<T>): Promise<T | undefined> {
    const { failures, clock } = this.parts;
    try {
      const done = await task();
      failures.over(work);
      return done;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Fenced) throw error;
      await sleep(clock, failures.note(work, error), signal);
      return undefined;
    }
  }
}
