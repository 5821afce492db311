/**
 * Whether the shared account may still hold old tickets or slots of this instance, from before it lost Redis. If so,
 * ApiBudget makes rounds until Redis is back and a round has removed them.
 */
export class LeftOvers {
  #mayExist = false;
  /** At the last contact the shared account held tickets or slots of this instance. */
  #wasInFleet = false;

  get mayExist(): boolean {
    return this.#mayExist;
  }

  /** @param holds whether the account of this round holds tickets or slots of this instance. */
  note(isShared: boolean, holds: boolean): void {
    this.#mayExist = !isShared && (this.#mayExist || this.#wasInFleet);
    if (isShared) this.#wasInFleet = holds;
  }
}
