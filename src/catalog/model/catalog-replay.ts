/** An instance that cannot load the catalog in this time serves without: other instances may be gone altogether. */
const longestStartMs = 10_000;

/**
 * Tells whether the catalog of this instance is in the past. An instance loads a base of the log and applies the steps
 * after it, one by one, so until the end each of its states is history. No answer may show such a state. The log moves
 * the replay on; the answers ask `isBehind`, and the start of the process and the readiness check ask `isStarting`.
 */
export class CatalogReplay {
  #isBehind = false;
  /** On the monotonic clock. Undefined unless the first replay is running. */
  #startedAt: number | undefined;

  constructor(private readonly clock: { monotonic(): number }) {}

  /** True from the start of a replay until the replay has reached the state as of its start. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /**
   * True during the first replay of the process, for 10 s at most. A replay that cannot go on, because Redis is away or
   * the log is damaged, is no reason to keep the instance out of service: `isStarting` ends, and `isBehind` stays.
   */
  get isStarting(): boolean {
    return this.#startedAt !== undefined && this.clock.monotonic() - this.#startedAt < longestStartMs;
  }

  /** The first replay of the process begins. */
  start(): void {
    this.#isBehind = true;
    this.#startedAt = this.clock.monotonic();
  }

  begin(): void {
    this.#isBehind = true;
  }

  reached(): void {
    this.#isBehind = false;
    this.#startedAt = undefined;
  }

  failed(): void {
    this.#startedAt = undefined;
  }
}
