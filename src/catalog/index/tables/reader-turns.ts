import { inSpan } from '../../../telemetry/tracing.js';
import type { Clock } from '../../../time/clock.js';
import type { Waiting } from '../../model/asker.js';
import { CatalogBusy } from '../../model/reader.js';

/**
 * The longest line of one consumer. Slow queries of a longer line would not be answered within the deadline of their
 * requests.
 */
const mostWaiting = 100;
/** The weight of the newest query in the mean duration of queries. */
const newestShare = 1 / 8;

/** Begins a waiting query. */
type Begin<Reader> = (reader: Reader) => void;

/**
 * Hands the readers of the tables to the consumers in turn. Each consumer has a line of its own. The next free reader
 * goes to the consumer who uses the fewest readers. Consumers who use equally many take turns.
 * One consumer never has all readers, so the query of another consumer starts at once, or after one query.
 */
export class ReaderTurns<Reader> {
  readonly #idle: Reader[];
  readonly #mostOfOne: number;
  /** The number of readers that each consumer uses now. */
  readonly #used = new Map<string, number>();
  /** The lines, in the order of the next turns. A line is never empty. */
  readonly #lines = new Map<string, Begin<Reader>[]>();
  #meanMs = 0;
  #whenIdle: (() => void) | undefined;

  constructor(
    private readonly all: readonly Reader[],
    private readonly clock: Pick<Clock, 'now' | 'monotonic'>,
  ) {
    this.#idle = [...all];
    this.#mostOfOne = Math.max(1, all.length - 1);
  }

  /**
   * Runs the action with a reader when it is the consumer's turn.
   * @throws CatalogBusy when the line of the consumer is full; the reason of the deadline while it waits.
   */
  run<T>(asker: Waiting, action: (reader: Reader) => Promise<T>): Promise<T> {
    return inSpan('catalog question', {}, () => this.#run(asker, action));
  }

  async #run<T>(asker: Waiting, action: (reader: Reader) => Promise<T>): Promise<T> {
    const { consumer } = asker;
    const reader = await this.#turn(asker);
    const startedAt = this.clock.monotonic();
    try {
      return await action(reader);
    } finally {
      this.#meanMs += (this.clock.monotonic() - startedAt - this.#meanMs) * newestShare;
      this.#give(reader, consumer);
    }
  }

  /** Resolves when no reader is used. */
  async idle(): Promise<void> {
    if (this.#idle.length < this.all.length) await new Promise<void>((done) => (this.#whenIdle = done));
  }

  #turn({ consumer, deadline: { signal } }: Waiting): Promise<Reader> {
    return new Promise<Reader>((resolve, reject) => {
      signal.throwIfAborted();
      const line = this.#lines.get(consumer) ?? [];
      if (line.length >= mostWaiting) throw this.#busy(line.length);
      const leave = () => {
        line.splice(line.indexOf(begin), 1);
        if (line.length === 0) this.#lines.delete(consumer);
        reject(signal.reason as Error);
      };
      const begin: Begin<Reader> = (reader) => {
        signal.removeEventListener('abort', leave);
        resolve(reader);
      };
      line.push(begin);
      this.#lines.set(consumer, line);
      signal.addEventListener('abort', leave, { once: true });
      this.#serve();
    });
  }

  #serve(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { consumer, line } = next;
      const [reader, begin] = [this.#idle.pop(), line.shift()];
      // A line that is set again comes last.
      this.#lines.delete(consumer);
      if (line.length > 0) this.#lines.set(consumer, line);
      if (reader === undefined || begin === undefined) return;
      this.#used.set(consumer, this.#usedBy(consumer) + 1);
      begin(reader);
    }
  }

  /** The line whose turn is now. */
  #next(): { consumer: string; line: Begin<Reader>[] } | undefined {
    if (this.#idle.length === 0) return undefined;
    let [fewest, next] = [this.#mostOfOne, undefined as string | undefined];
    for (const consumer of this.#lines.keys()) {
      const used = this.#usedBy(consumer);
      if (used < fewest) [fewest, next] = [used, consumer];
    }
    const line = next === undefined ? undefined : this.#lines.get(next);
    return next === undefined || line === undefined ? undefined : { consumer: next, line };
  }

  #usedBy(consumer: string): number {
    return this.#used.get(consumer) ?? 0;
  }

  #give(reader: Reader, consumer: string): void {
    const used = this.#usedBy(consumer) - 1;
    if (used > 0) this.#used.set(consumer, used);
    else this.#used.delete(consumer);
    this.#idle.push(reader);
    this.#serve();
    if (this.#idle.length === this.all.length) this.#whenIdle?.();
  }

  #busy(waiting: number): CatalogBusy {
    return new CatalogBusy(this.clock.now() + (waiting / this.#mostOfOne) * this.#meanMs);
  }
}
