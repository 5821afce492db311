import { sleep, type Clock } from '../../time/clock.js';
import { Fenced } from '../log/catalog-log.js';
import type { ContentPart } from './content-queue.js';
import type { ContentSync } from './content-sync.js';
import type { ListSync } from './list-sync.js';
import type { SyncFailures } from './sync-failures.js';
import type { WakeSignal } from './wake-signal.js';

/** Nothing was due: look again after this at the latest. */
const longestWaitMs = 60_000;
/** Between two looks for content past its life; each goes over all images. */
const expiredEveryMs = 10 * 60_000;

export interface SyncLoopParts {
  lists: readonly ListSync[];
  contents: ContentSync;
  troubles: SyncFailures;
  wake: WakeSignal;
  clock: Clock;
}

/** What the instance that syncs does until `signal` says that it is not this one any more. */
export class SyncLoop {
  constructor(private readonly parts: SyncLoopParts) {}

  /** Never throws. @returns when the signal says so, or the log has refused a step. */
  async run(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const until = async (work: Promise<void>) => {
      await work.catch(() => undefined);
      over.abort(new Fenced());
    };
    await Promise.all([
      until(this.#lists(either)),
      until(this.#content('baseOs', either)),
      until(this.#content('files', either)),
    ]);
  }

  /**
   * The lists take turns, one call at a time in the whole fleet: whoever takes over from an instance that died repeats one
   * call at the most.
   */
  async #lists(signal: AbortSignal): Promise<void> {
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
      await this.#attempt('lists', signal, () => next.step(signal));
    }
  }

  async #content(part: ContentPart, signal: AbortSignal): Promise<void> {
    const { contents, clock, wake } = this.parts;
    let lookedAt = clock.monotonic();
    const step = async (): Promise<boolean> => {
      if (await contents.step(part, signal)) return true;
      if (clock.monotonic() - lookedAt <= expiredEveryMs) return false;
      await contents.findExpired(part);
      lookedAt = clock.monotonic();
      return true;
    };
    for (;;) {
      signal.throwIfAborted();
      const isBusy = await this.#attempt(part, signal, step);
      if (isBusy === false) await wake.wait(longestWaitMs, signal);
    }
  }

  /** @returns undefined when it went wrong, and was left alone for a while. */
  async #attempt<T>(work: string, signal: AbortSignal, step: () => Promise<T>): Promise<T | undefined> {
    const { troubles, clock } = this.parts;
    try {
      const done = await step();
      troubles.over(work);
      return done;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Fenced) throw error;
      await sleep(clock, troubles.note(work, error), signal);
      return undefined;
    }
  }
}
