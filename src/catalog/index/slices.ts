import { eventLoopTurn, type Clock } from '../../time/clock.js';

const sliceMs = 1;

/** Cuts long work on the event loop into slices: the service answers requests between two slices. */
export class Slices {
  #startedAt: number;

  /** @param signal ends the work: `next` then rejects with the signal's reason. */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly signal?: AbortSignal,
  ) {
    this.#startedAt = clock.monotonic();
  }

  /**
   * Whether the slice is used up. Long work checks this often, and awaits `next` only if the result is true, because
   * a promise for each image would cost too much.
   */
  get isOver(): boolean {
    return this.clock.monotonic() - this.#startedAt >= sliceMs;
  }

  async next(): Promise<void> {
    await eventLoopTurn();
    this.signal?.throwIfAborted();
    this.#startedAt = this.clock.monotonic();
  }
}
