/**
 * Tells whether the catalog of this instance is in the past. An instance loads a base of the log and applies the steps
 * after it, one by one, so until the end each of its states is history. No answer may show such a state.
 */
export class CatalogReplay {
  #isBehind = false;
  #isStarting = false;

  /** True from the start of a replay until the replay has reached the state as of its start. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /**
   * True during the first replay of the process. A replay that cannot go on, because Redis is away or the log is
   * damaged, is no reason to keep the instance out of service: `isStarting` ends, and `isBehind` stays.
   */
  get isStarting(): boolean {
    return this.#isStarting;
  }

  start(): void {
    this.#isBehind = this.#isStarting = true;
  }

  begin(): void {
    this.#isBehind = true;
  }

  reached(): void {
    this.#isBehind = this.#isStarting = false;
  }

  failed(): void {
    this.#isStarting = false;
  }
}
