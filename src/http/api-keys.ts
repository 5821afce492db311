import { hash, randomBytes } from 'node:crypto';

export type Role = 'read' | 'admin';

/** The owner of an API key, as the service knows the sender of a request. */
export interface Consumer {
  name: string;
  role: Role;
  /** The key works only from this machine, and not through a proxy on this machine. */
  loopbackOnly?: boolean;
}

export interface ApiKey extends Consumer {
  key: string;
}

/**
 * Finds the consumer that owns a key. The map holds a hash of each key and a secret of this process, so the duration
 * of a look-up does not tell how much of a guessed key is right. An HMAC would cost four times as much on every
 * request, and its further protection matters only where an attacker sees the hash.
 */
export class ApiKeys {
  readonly #secret = randomBytes(32).toString('base64');
  readonly #consumers: ReadonlyMap<string, Consumer>;

  constructor(keys: readonly ApiKey[]) {
    this.#consumers = new Map(keys.map(({ key, ...consumer }) => [this.#keyHash(key), consumer]));
  }

  find(key: string): Consumer | undefined {
    return this.#consumers.get(this.#keyHash(key));
  }

  #keyHash(key: string): string {
    return hash('sha256', this.#secret + key, 'base64');
  }
}
