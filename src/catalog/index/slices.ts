import type { Clock } from '../../time/clock.js';

/** Long work on the event loop is cut into slices of so many ms; requests are served between them. */
const sliceMs = 1;

export class Slices {
  #startedAt: number;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {
    this.#startedAt = clock.monotonic();
  }

  /** Asked often: a promise for each image would cost more than the slices save. */
  get isOver(): boolean {
    return this.clock.monotonic() - this.#startedAt >= sliceMs;
  }

  async next(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#startedAt = this.clock.monotonic();
  }
}
