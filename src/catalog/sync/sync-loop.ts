/**
 * The loops of the syncing instance: one for each kind of work, until the instance stops syncing. SyncSession starts
 * them. The loops themselves neither call HSS nor write the log.
 */
import { eventLoopTurn, sleep, type Clock } from '../../time/clock.js';
import { Fenced } from '../log/catalog-log.js';
import type { ContentPart } from '../model/documents.js';
import type { ContentSync } from './content-sync.js';
import type { SideWork } from './schedule.js';
import type { SyncFailures } from './sync-failures.js';
import type { WakeSignal } from './wake-signal.js';

/** When no task is due the loop looks again after at most this long. */
const longestWaitMs = 60_000;
/** Time between two searches for content past its life. Each search goes over all images. */
const expiredEveryMs = 10 * 60_000;

/** Work with a name for the log and the status. */
export interface ListWork extends SideWork {
  readonly name: string;
}

export interface SyncLoopParts {
  lists: readonly ListWork[];
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
      ...this.parts.lists.map((work) => endAllAfter(this.#runList(work, either))),
      endAllAfter(this.#runContent('baseOs', either)),
      endAllAfter(this.#runContent('files', either)),
    ]);
  }

  /**
   * No kind of work waits for another one, since the APIs of HSS have separate call rates. Each makes one call at a
   * time: an instance that takes over from a dead one repeats at most one call of each.
   * After each task the event loop turns, because a task can be over without a call.
   */
  async #runList(work: ListWork, signal: AbortSignal): Promise<void> {
    const { clock, wake } = this.parts;
    for (;;) {
      signal.throwIfAborted();
      const waitMs = work.dueAt - clock.now();
      if (waitMs > 0) await wake.wait(Math.min(longestWaitMs, waitMs), signal);
      else await this.#attempt(work.name, signal, () => work.runNext(signal));
      await eventLoopTurn();
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
      await eventLoopTurn();
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
