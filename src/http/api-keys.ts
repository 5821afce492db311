import { hash, randomBytes } from 'node:crypto';

export type Role = 'read' | 'admin';

/** Who sent a request. */
export interface Consumer {
  name: string;
  role: Role;
  /** The key works only from this machine, and not through a proxy on it. */
  loopbackOnly?: boolean;
}

export interface ApiKey extends Consumer {
  key: string;
}

/**
 * Who has which key. Keys are looked up by their hash with a secret of this process, so that the time a look-up
 * takes tells nothing about how much of a guess was right. (A quarter of an HMAC's cost, which every hit would pay;
 * what an HMAC guards against besides needs the hash to be shown to someone.)
 */
export class ApiKeys {
  readonly #secret = randomBytes(32).toString('base64');
  readonly #consumers: ReadonlyMap<string, Consumer>;

  constructor(keys: readonly ApiKey[]) {
    this.#consumers = new Map(keys.map(({ key, ...consumer }) => [this.#digest(key), consumer]));
  }

  find(key: string): Consumer | undefined {
    return this.#consumers.get(this.#digest(key));
  }

  #digest(key: string): string {
    return hash('sha256', this.#secret + key, 'base64');
  }
}
