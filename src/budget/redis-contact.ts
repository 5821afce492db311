/**
 * When Redis answered this instance, and when it may have noticed a sign of life of this instance last. FleetView
 * notes each contact here. Accounts are not known here.
 */
export class RedisContact {
  #answeredAt = -Infinity;
  #signedAt = -Infinity;
  /** Redis's time since which this instance has noticed no loss of data in Redis. */
  #memberSince = 0;

  /** @param heardAt our monotonic time. @param now Redis's time. @param wasMember whether Redis listed this instance. */
  note(heardAt: number, now: number, wasMember: boolean): void {
    if (!wasMember || this.#memberSince === 0) this.#memberSince = now;
    this.#answeredAt = heardAt;
  }

  /**
   * Redis may notice a sign of life up to this moment.
   * @returns a function that takes it back: Redis has refused the command.
   */
  sign(untilMonotonic: number): () => void {
    const before = this.#signedAt;
    this.#signedAt = Math.max(before, untilMonotonic);
    return () => (this.#signedAt = before);
  }

  /** Our monotonic time of the last answer. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** Our monotonic time: after it Redis has noticed no sign of life. */
  get signedAt(): number {
    return this.#signedAt;
  }

  /** @param now on Redis's clock. */
  memberForMs(now: number): number {
    return Math.max(0, now - this.#memberSince);
  }
}
