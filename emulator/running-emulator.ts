/** A running emulator, as tests, the demo and the control paths hold it. */
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
  /** Valid ones, of the first user; new after rotateKeys(). */
  readonly credentials: Credentials;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly clock: MovableClock;
  readonly data: Dataset;
  /** A valid token of the first user. */
  readonly issueToken: (options?: { readonly lifeMs?: number }) => string;
  /** The life of tokens that IAM issues from now on. */
  setTokenLife(lifeMs: number): void;
  revokeTokens(): void;
  rotateKeys(): Credentials;
  /** Starts with empty windows; `total` stays as it is when not given. */
  setRate(rate: Rate, total?: Rate): void;
  setLatency(latencyMs: Latency): void;
  /** Takes the socket away; everything else is kept for restart(), which listens on the same port. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** Ends every connection, hanging ones too. */
  close(): Promise<void>;
}
