/**
 * Watches over the sealed secret keys of official clients: an operator learns which of them FACE_MASTER_KEY does not open,
 * since each of their clients would get a 401 without a reason.
 */
import type { Log } from '../telemetry/log.js';
import type { Clock } from '../time/clock.js';
import { openSecret, type SealingKey, type SealOwner } from './sealed-secret.js';

export interface SealedSecret extends SealOwner {
  readonly sealed: string;
}

/** Secret keys that do not open. Consumers and access keys are no secrets, so operators may see both. */
export interface Unopened {
  /** A consumer with its access key, for each of them. */
  readonly names: readonly string[];
  /** For operators. */
  readonly sentence: string;
}

/** @returns null when each of the secrets opens. */
export function findUnopened(secrets: readonly SealedSecret[], keys: readonly SealingKey[]): Unopened | null {
  const found = secrets.filter((secret) => openSecret(secret.sealed, secret, keys) === undefined);
  if (found.length === 0) return null;
  const opened = `${secrets.length - found.length} of ${secrets.length}`;
  return {
    names: found.map(({ consumer, accessKey }) => `${consumer} ${accessKey}`),
    sentence: `FACE_MASTER_KEY opens ${opened} secret keys for official SDKs: clients with the others get 401`,
  };
}

export class SealedSecrets {
  #count = 0;
  #since: number | null = null;

  /** @param secrets gives those in force. */
  constructor(
    private readonly secrets: () => readonly SealedSecret[],
    private readonly keys: readonly SealingKey[],
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.check();
  }

  /** The number of secret keys in force that no master key opens. */
  get unopened(): number {
    return this.#count;
  }

  /** Wall time in ms since when some do not open. Null: all open. */
  get unopenedSince(): number | null {
    return this.#since;
  }

  /** After each change of the file. */
  check(): void {
    const unopened = findUnopened(this.secrets(), this.keys);
    this.#count = unopened?.names.length ?? 0;
    this.#since = unopened ? (this.#since ?? this.clock.now()) : null;
    if (unopened) this.log.warn({ unopened: unopened.names }, unopened.sentence);
  }
}
