import type { Clock } from '../time/clock.js';

export interface RoundLoopOptions {
  /** @returns how long to pause before the next round. */
  round(): Promise<number>;
  /** Whether a further round must follow after the pause, even without a request. */
  needsNext(): boolean;
  onError(error: Error): void;
}

/**
 * Runs the rounds of one ApiBudget: never two at a time, and again at once when a request came in during a round.
 * The loop knows nothing of the account.
 */
export class RoundLoop {
  #isRunning = false;
  #requests = 0;
  #cancelTimer: (() => void) | undefined;
  #isStopped = false;
  /** The rounds that run, or the last ones. */
  #rounds: Promise<void> = Promise.resolve();

  constructor(
    private readonly clock: Clock,
    private readonly options: RoundLoopOptions,
  ) {}

  /**
   * Asks for a round. A round that already runs may have begun too early to see the change: a second round follows.
   */
  request(): void {
    this.#requests += 1;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#cancelTimer?.();
    this.#rounds = this.#run().catch((error: unknown) => {
      this.#isRunning = false;
      this.options.onError(error as Error);
    });
  }

  /** Resolves when no round is running. */
  settled(): Promise<void> {
    return this.#rounds;
  }

  /**
   * Ends the rounds without a request. Requests still get their round: the ends of running calls must be recorded.
   */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
  }

  async #run(): Promise<void> {
    let pauseMs: number;
    let served: number;
    do {
      served = this.#requests;
      pauseMs = await this.options.round();
    } while (served !== this.#requests);
    // No await may stand between the last comparison and this line: from here on a request starts a new run.
    this.#isRunning = false;
    if (this.options.needsNext() && !this.#isStopped)
      this.#cancelTimer = this.clock.after(pauseMs, () => this.request());
  }
}
