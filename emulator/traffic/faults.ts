/** The scheduled faults: what goes wrong, for which API, how often. A call gets the oldest fault that fits. */
import { randomUUID } from 'node:crypto';
import type { Api } from '../routes.js';

type Headers = Readonly<Record<string, string>>;

/** Faults that replace or change the answer. */
type SpokenFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      /** Replaces the gateway-style body that `code` and `message` would make. */
      readonly body?: object | string;
      readonly headers?: Headers;
    }
  /** 429. `retryAfter`: seconds or an HTTP date. `text: false` leaves limit and window out of the message. */
  | { readonly kind: 'throttle'; readonly retryAfter?: string; readonly text?: boolean }
  | { readonly kind: 'unauthorized' }
  /** A proxy's error page; status default 502. */
  | { readonly kind: 'html'; readonly status?: number }
  /** Status 200 and JSON's content type, but not JSON. */
  | { readonly kind: 'garbage' }
  /** data_list is an object. */
  | { readonly kind: 'not-a-list' }
  /** No data_list. total_num is the given number; default: the true number. */
  | { readonly kind: 'missing-data-list'; readonly totalNum?: number }
  | { readonly kind: 'missing-total' }
  /**
   * At most maxRows rows, whatever limit asked for, as HSS or something before HSS may cut pages. total_num stays true,
   * or is the given number; null leaves the total out.
   */
  | { readonly kind: 'short-page'; readonly maxRows: number; readonly totalNum?: number | null }
  | { readonly kind: 'raw'; readonly body: string; readonly status?: number; readonly headers?: Headers };

/** Faults of the connection. */
export type WireFault =
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** The connection closes in the middle of the body that Content-Length announced. */
  | { readonly kind: 'truncate' }
  /** A valid list answer that is too long; default 40 MiB. */
  | { readonly kind: 'huge'; readonly bytes?: number }
  /** The true answer after a delay in real time. */
  | { readonly kind: 'latency'; readonly ms: number };

export type FaultKind = (SpokenFault | WireFault)['kind'];

export type Fault = (SpokenFault | WireFault) & {
  /** Default: every API. */
  readonly api?: Api;
  /** The number of calls that get the fault. Default: all calls, until the fault is cleared. */
  readonly times?: number;
  /** The number of fitting calls that pass before the first call with the fault. Default 0. */
  readonly skip?: number;
};

const wireKinds: ReadonlySet<string> = new Set<WireFault['kind']>([
  'reset',
  'hang',
  'drip',
  'truncate',
  'huge',
  'latency',
]);

export function isWireFault(fault: Fault): fault is Fault & WireFault {
  return wireKinds.has(fault.kind);
}

interface ScheduledFault {
  readonly id: string;
  readonly fault: Fault;
  toSkip: number;
  timesLeft: number;
}

export class Faults {
  #scheduled: ScheduledFault[] = [];

  schedule(fault: Fault): string {
    const id = randomUUID();
    this.#scheduled.push({ id, fault, toSkip: fault.skip ?? 0, timesLeft: fault.times ?? Infinity });
    return id;
  }

  /** Clears the fault with the given id. Without an id it clears all faults. */
  clear(id?: string): void {
    this.#scheduled = id === undefined ? [] : this.#scheduled.filter((fault) => fault.id !== id);
  }

  list(): readonly (Fault & { readonly id: string })[] {
    return this.#scheduled.map(({ id, fault }) => ({ ...fault, id }));
  }

  /**
   * @returns the fault for this call, if any. If one fault skips the call, a fault that was scheduled later can still
   * apply.
   */
  strike(api: Api): Fault | undefined {
    for (const candidate of this.#scheduled) {
      if (candidate.fault.api !== undefined && candidate.fault.api !== api) continue;
      if (candidate.toSkip > 0) {
        candidate.toSkip -= 1;
        continue;
      }
      candidate.timesLeft -= 1;
      if (candidate.timesLeft <= 0) this.clear(candidate.id);
      return candidate.fault;
    }
    return undefined;
  }
}
