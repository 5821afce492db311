/** The facts of one answer of Redis that RedisContact needs. */
export interface Contact {
  /** Redis's time in ms. */
  now: number;
  /** False when Redis did not list this instance as a member any more. */
  wasMember: boolean;
  /** Our monotonic time of the answer. */
  heardAt: number;
  /** The other members before this answer. */
  others: readonly string[];
}

/** A long absence of this instance. */
interface Absence {
  /** The other members before the absence. */
  others: readonly string[];
  /** The APIs whose accounts were read again since. */
  comparedApis: Set<string>;
}

/**
 * When Redis answered this instance, and whether the other instances may have called without Redis in between.
 * FleetView notes every answer here. Accounts are not known here.
 */
export class RedisContact {
  #lastAt = -Infinity;
  /** On Redis's clock. */
  #lastAnswerAt = 0;
  /** On Redis's clock: since this time this instance has noticed no loss of data in Redis. */
  #memberSince = 0;
  #absence: Absence | null = null;

  /** @param longAbsenceMs after a longer silence than this the other instances may have called without Redis. */
  constructor(private readonly longAbsenceMs: number) {}

  note({ now, wasMember, heardAt, others }: Contact): void {
    if (this.#lastAnswerAt > 0 && now - this.#lastAnswerAt > this.longAbsenceMs)
      this.#absence = { others, comparedApis: new Set() };
    if (!wasMember || this.#memberSince === 0) this.#memberSince = now;
    this.#lastAt = heardAt;
    this.#lastAnswerAt = now;
  }

  /** The account of this API is read, restored and written: the absence is over for it. */
  compared(api: string): void {
    this.#absence?.comparedApis.add(api);
  }

  /** The other members before a long absence, until the account of this API is compared; null without an absence. */
  othersBeforeAbsence(api: string): readonly string[] | null {
    return this.#absence?.comparedApis.has(api) === false ? this.#absence.others : null;
  }

  /** Our monotonic time of the last answer. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** @param now on Redis's clock. */
  memberForMs(now: number): number {
    return Math.max(0, now - this.#memberSince);
  }
}
