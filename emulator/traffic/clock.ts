/**
 * The emulator's time. Throttling, token lives, locks and "now" in filters follow `now()`, which tests move. The
 * service host's own clock (`hostNow`: the Date header and the signature window) keeps real time unless told to
 * follow, because the consumer under test signs with real time.
 */
export interface TimeSource {
  now(): number;
}

export class MovableClock implements TimeSource {
  /** true: the signature window and the Date header follow the moved clock. */
  signatureFollows = false;
  /** The error of the service host's clock. It shifts the Date header and the signature window together. */
  dateSkewMs = 0;
  #offsetMs = 0;

  constructor(private readonly source: TimeSource = Date) {}

  now(): number {
    return this.source.now() + this.#offsetMs;
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
  }

  set(epochMs: number): void {
    this.#offsetMs = epochMs - this.source.now();
  }

  hostNow(): number {
    return (this.signatureFollows ? this.now() : this.source.now()) + this.dateSkewMs;
  }
}
