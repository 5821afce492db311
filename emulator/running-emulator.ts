/** The interface of a running emulator, for tests, the demo and the control paths. */
import type { Dataset } from './data/dataset.js';
import type { Credentials } from './identity/users.js';
import type { Latency } from './options.js';
import type { MovableClock } from './traffic/clock.js';
import type { Faults } from './traffic/faults.js';
import type { Journal } from './traffic/journal.js';
import type { Rate } from './traffic/throttle.js';

export interface Emulator {
  /** Serves the HSS paths, IAM's /v3/auth/tokens and the control paths under /__emulator/. */
  readonly url: string;
  readonly port: number;
  readonly region: string;
  readonly projectId: string;
  /** Valid credentials of the first user; rotateKeys() replaces the keys. */
  readonly credentials: Credentials;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly clock: MovableClock;
  readonly data: Dataset;
  /** @returns a valid token of the first user. */
  readonly issueToken: (options?: { readonly lifeMs?: number }) => string;
  /** The life of tokens that IAM issues from now on. */
  setTokenLife(lifeMs: number): void;
  revokeTokens(): void;
  rotateKeys(): Credentials;
  /** Starts with empty windows. The total rate stays unchanged if `total` is not given. */
  setRate(rate: Rate, total?: Rate): void;
  setLatency(latencyMs: Latency): void;
  /** Sends at once what latency holds back: a test that needs a long call need not guess how long. */
  endDelays(): void;
  /** Closes the socket and keeps all data: restart() listens on the same port again. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** Ends every connection, including hanging ones. */
  close(): Promise<void>;
}
