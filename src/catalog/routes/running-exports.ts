import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { drainLimits } from '../../http/graceful-close.js';
import { Problem } from '../../http/problem.js';
import { CLOCK, LOG } from '../../injection-tokens.js';
import type { Log } from '../../telemetry/log.js';
import type { Clock } from '../../time/clock.js';
import { CallerGone } from '../../time/deadline.js';

/**
 * Each export keeps the images of one version in memory. A larger number of one consumer at once is a sign of a backup
 * out of control.
 */
const mostOfOneConsumer = 2;
/** The time after which a consumer with too many exports may try again. */
const retryMs = 10_000;
/**
 * The service ends an export when the consumer reads nothing for this long, or when the export takes this long in
 * total.
 */
const longestStallMs = 30_000;
const longestExportMs = 15 * 60_000;

/**
 * The exports under way, from the request to the last byte that the consumer's connection has taken. Bounds how many
 * exports one consumer has, how long an export takes, and how long it waits for its consumer.
 */
@Injectable()
export class RunningExports implements OnModuleDestroy {
  readonly #counts = new Map<string, number>();
  /** For each export: ends it after a time. */
  readonly #ends = new Set<(afterMs: number, why: string) => void>();
  #isStopping = false;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /**
   * Counts an export of the consumer until the response is closed.
   * @throws Problem `overloaded` when the consumer has too many exports.
   */
  claim(consumer: string, response: ServerResponse): void {
    if (response.destroyed) throw new CallerGone();
    const count = this.#counts.get(consumer) ?? 0;
    if (count >= mostOfOneConsumer)
      throw new Problem('overloaded', `${mostOfOneConsumer} exports of yours are running`, {
        retryAt: this.clock.now() + retryMs,
      });
    this.#counts.set(consumer, count + 1);
    response.once('close', () => {
      const left = (this.#counts.get(consumer) ?? 1) - 1;
      if (left > 0) this.#counts.set(consumer, left);
      else this.#counts.delete(consumer);
    });
  }

  /** Bounds the time of a stream that the response is going to send. */
  bound(consumer: string, out: Readable, response: ServerResponse): void {
    const breakOff = (why: string) => {
      this.log.warn({ consumer, why }, 'An export is broken off');
      // A closed connection would look like the end of the answer to a client of HTTP/1.0.
      response.socket?.resetAndDestroy();
    };
    let cancelEnd: () => void = () => undefined;
    const end = (afterMs: number, why: string) => {
      cancelEnd();
      cancelEnd = this.clock.after(afterMs, () => breakOff(why));
    };
    let cancelStall: () => void = () => undefined;
    const moved = () => {
      cancelStall();
      cancelStall = this.clock.after(longestStallMs, () => breakOff('The consumer does not read'));
    };
    end(this.#isStopping ? drainLimits.answersMs : longestExportMs, 'The export takes too long');
    moved();
    out.on('data', moved);
    // A listener for `data` would start the stream here. The reply must start the stream.
    out.pause();
    out.once('error', ({ message }) => breakOff(message));
    this.#ends.add(end);
    response.once('close', () => {
      this.#ends.delete(end);
      cancelStall();
      cancelEnd();
    });
  }

  /** Nest calls this method when the service begins to stop. */
  onModuleDestroy(): void {
    this.#isStopping = true;
    for (const end of this.#ends) end(drainLimits.answersMs, 'The service stops');
  }
}
