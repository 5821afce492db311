/**
 * The journal lists every request that arrived, with its outcome. Tests check the service against the journal. An
 * entry is written when a request arrives and completed when the exchange ends. A placeholder replaces the values of
 * secret headers; the names of the headers stay.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Api } from '../routes.js';
import type { FaultKind } from './faults.js';

export type JournalApi = Api | 'Unknown';

/** The status of a complete answer, or the reason why no complete answer was sent. */
export type Outcome =
  number | 'pending' | 'reset' | 'hang' | 'truncated' | 'aborted-by-client' | 'emulator-stopped';

export interface JournalEntry {
  readonly seq: number;
  /** Wall clock, epoch ms. */
  readonly atMs: number;
  /**
   * The emulator's movable clock, epoch ms. For an authenticated call: the time at which the throttle admitted or
   * rejected the call. For any other call: the time of arrival.
   */
  clockMs: number;
  /** Monotonic, ms since the process began. */
  readonly arrivedAtMs: number;
  readonly api: JournalApi;
  readonly method: string;
  /** The path as sent, still percent-encoded, without the query. */
  readonly path: string;
  readonly imageId?: string;
  /** The decoded parameters. A repeated parameter has its first value here. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The headers that a signed request lists as signed. */
  readonly signedHeaders?: readonly string[];
  /** The call's IAM user. Missing until the call is authenticated. */
  user?: string;
  /** Whether the call was within the rate and reached the API. `busiestWindow` counts these calls. */
  admitted: boolean;
  fault?: FaultKind;
  outcome: Outcome;
  errorCode?: string;
  /** Monotonic like arrivedAtMs. */
  finishedAtMs?: number;
}

export type Arrival = Pick<
  JournalEntry,
  'api' | 'method' | 'path' | 'imageId' | 'query' | 'signedHeaders' | 'clockMs'
> & { readonly headers: IncomingHttpHeaders };

const secretHeaders = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-auth-token',
  'x-security-token',
  'x-subject-token',
]);
const redactedText = '<redacted>';
/** Bounds the memory in a soak test: the oldest entries are dropped first. */
const maxEntries = 200_000;

export class Journal {
  #kept: JournalEntry[] = [];
  #nextSeq = 1;
  readonly #waiting = new Set<() => void>();

  get entries(): readonly JournalEntry[] {
    return this.#kept;
  }

  calls(api?: JournalApi): readonly JournalEntry[] {
    return api === undefined ? this.#kept : this.#kept.filter((entry) => entry.api === api);
  }

  clear(): void {
    this.#kept = [];
  }

  /** Resolves when at least `count` calls (of `api`) are in the journal: tests wait here instead of sleeping. */
  async arrivals(count: number, api?: JournalApi): Promise<readonly JournalEntry[]> {
    while (this.calls(api).length < count) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.calls(api);
  }

  /**
   * Resolves when no call is under way, except calls that the `hang` fault holds. The journal records the end of a
   * call a moment after the end, so tests wait here before they read outcomes.
   */
  async settled(): Promise<void> {
    while (this.#kept.some(({ outcome }) => outcome === 'pending')) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** The most admitted calls in any sliding window on the emulator's clock: of one user, or of all users. */
  busiestWindow(windowMs: number, api: JournalApi, user?: string): number {
    const times = this.calls(api)
      .filter((entry) => entry.admitted && (user === undefined || entry.user === user))
      .map((entry) => entry.clockMs)
      .sort((a, b) => a - b);
    let busiest = 0;
    let start = 0;
    times.forEach((time, index) => {
      while ((times[start] ?? time) <= time - windowMs) start += 1;
      busiest = Math.max(busiest, index - start + 1);
    });
    return busiest;
  }

  record(arrival: Arrival): JournalEntry {
    const entry: JournalEntry = {
      ...arrival,
      seq: this.#nextSeq++,
      atMs: Date.now(),
      arrivedAtMs: performance.now(),
      headers: withoutSecrets(arrival.headers),
      admitted: false,
      outcome: 'pending',
    };
    this.#kept.push(entry);
    if (this.#kept.length > maxEntries) this.#kept.shift();
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    return entry;
  }
}

function withoutSecrets(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      secretHeaders.has(name) ? redactedText : Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
