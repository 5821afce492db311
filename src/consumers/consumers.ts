/**
 * The consumers in force: those of API_KEYS, and those of the consumers file. The admission and the hot path find the
 * sender of a request here. Reads no file; consumers-watch.ts brings each new content.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import { newConsumer, type Consumer, type Principal } from './consumer.js';
import type { ConsumerEntry } from './consumer-entry.js';
import { faultsAmong, readConsumersFile, type FoundEntry, type Taken } from './consumers-file.js';
import type { SealedSecret } from './sealed-secrets.js';

/** A key that stands in the settings, not in the file. */
export interface GivenKey {
  readonly key: string;
  readonly consumer: Consumer;
}

/** An access key of a consumer, with its secret key sealed. */
export interface IssuedAccessKey {
  readonly consumer: Consumer;
  readonly sealed: string;
  readonly use: KeyUse;
}

/** The use of one key since the start of the process. It outlives a change of the file. */
export interface KeyUse {
  /** Wall time in ms. 0: not used yet. */
  lastAt: number;
}

/** One key as operators see it. */
export interface KnownKey extends Pick<Principal, 'keyId' | 'expiresAt'> {
  readonly consumer: string;
  readonly use: KeyUse;
}

interface StoredKey {
  /** The SHA-256 of the key as hexadecimal digits, in bytes. */
  readonly digits: Buffer;
  readonly principal: Principal;
  readonly use: KeyUse;
}

export class Consumers {
  readonly #taken: Taken;
  readonly #given: readonly StoredKey[];
  /** By the SHA-256 of a key of the file, or by the access key. */
  #uses = new Map<string, KeyUse>();
  #entries: ReadonlyMap<string, ConsumerEntry> = new Map();
  /** By key id. Two keys with one id are possible, though it takes billions of keys. */
  #keys!: ReadonlyMap<string, readonly StoredKey[]>;
  #subjects: ReadonlyMap<string, Consumer> = new Map();
  #accessKeys: ReadonlyMap<string, IssuedAccessKey> = new Map();

  constructor(given: readonly GivenKey[] = []) {
    this.#given = given.map(({ key, consumer }) => stored(hash('sha256', key), consumer, null));
    this.#taken = {
      ids: new Set(given.map(({ consumer }) => consumer.id)),
      hashes: new Set(this.#given.map(({ digits }) => digits.toString('latin1'))),
    };
    this.#index();
  }

  /**
   * Finds the sender by the hash of its key. The map is asked with a part of the hash, which a guess cannot steer, and
   * the whole hash is compared in constant time: the duration tells nothing about a stored key.
   * @param sha256 64 hexadecimal digits in lower case.
   * @param now wall time in ms.
   * @returns undefined for a key that is unknown or has expired.
   */
  byKeyHash(sha256: string, now: number): Principal | undefined {
    const candidates = this.#keys.get(keyIdOf(sha256));
    if (!candidates) return undefined;
    const digits = Buffer.from(sha256, 'latin1');
    const found = candidates.find((each) => timingSafeEqual(each.digits, digits));
    if (!found) return undefined;
    const { principal, use } = found;
    if (principal.expiresAt !== null && now >= principal.expiresAt) return undefined;
    use.lastAt = now;
    return principal;
  }

  /** The consumers of the file that are in force. */
  get countInFile(): number {
    return this.#entries.size;
  }

  /** The consumer that the claim `sub` of a valid JWT stands for. */
  bySubject(subject: string): Consumer | undefined {
    return this.#subjects.get(subject);
  }

  /** All keys in force and expired, for operators. Tokens are no keys: their number has no bound. */
  *keys(): Generator<KnownKey> {
    for (const list of this.#keys.values())
      for (const { principal, use } of list) {
        const { consumer, keyId, expiresAt } = principal;
        yield { consumer: consumer.id, keyId, expiresAt, use };
      }
    for (const [accessKey, { consumer, use }] of this.#accessKeys)
      yield { consumer: consumer.id, keyId: keyIdOf(hash('sha256', accessKey)), expiresAt: null, use };
  }

  /** The access key that a signature names. */
  byAccessKey(accessKey: string): IssuedAccessKey | undefined {
    return this.#accessKeys.get(accessKey);
  }

  /** The secret keys of all access keys in force. */
  sealedSecrets(): SealedSecret[] {
    return [...this.#accessKeys].map(([accessKey, { consumer, sealed }]) => ({
      consumer: consumer.id,
      accessKey,
      sealed,
    }));
  }

  /**
   * Puts the content of the file in force. A bad entry keeps the last good state of its consumer, but a key or subject
   * that stands nowhere in the file any more is refused even then.
   * @returns the faults, one line each. @throws BrokenConsumersFile; everything then stays as it was.
   */
  apply(text: string): string[] {
    const found = readConsumersFile(text, this.#taken);
    const texts = new Set(found.flatMap((each) => [...each.texts]));
    const next = new Map(found.flatMap(({ entry }) => (entry ? [[entry.id, entry] as const] : [])));
    for (const bad of found.filter(({ entry }) => entry === null)) {
      const former = this.#formerOf(bad);
      if (former && !next.has(former.id)) next.set(former.id, former);
    }
    this.#entries = new Map([...next].map(([id, entry]) => [id, withoutRemoved(entry, texts)]));
    this.#index();
    return faultsAmong(found);
  }

  /** An entry whose id cannot be read is known by what its consumer is known by. */
  #formerOf({ id, texts }: FoundEntry): ConsumerEntry | undefined {
    if (id !== null) return this.#entries.get(id);
    return [...this.#entries.values()].find((entry) => {
      const { keys, jwt, sdk } = withoutRemoved(entry, texts);
      return keys.length + jwt.length + sdk.length > 0;
    });
  }

  #index(): void {
    const keys = new Map<string, StoredKey[]>();
    const subjects = new Map<string, Consumer>();
    const accessKeys = new Map<string, IssuedAccessKey>();
    const uses = new Map<string, KeyUse>();
    const useOf = (digest: string) => {
      const use = this.#uses.get(digest) ?? { lastAt: 0 };
      uses.set(digest, use);
      return use;
    };
    const add = (key: StoredKey) => {
      const { keyId } = key.principal;
      keys.set(keyId, [...(keys.get(keyId) ?? []), key]);
    };
    this.#given.forEach(add);
    // The kept states of bad entries come last, and take nothing away from good entries.
    for (const entry of this.#entries.values()) {
      const consumer = newConsumer(entry.id, entry.scopes, {
        rate: entry.rate,
        namespaces: entry.namespaces,
      });
      for (const { sha256, expiresAt } of entry.keys) add(stored(sha256, consumer, expiresAt, useOf(sha256)));
      for (const subject of entry.jwt) if (!subjects.has(subject)) subjects.set(subject, consumer);
      for (const { ak, sealed } of entry.sdk)
        if (!accessKeys.has(ak)) accessKeys.set(ak, { consumer, sealed, use: useOf(ak) });
    }
    [this.#keys, this.#subjects, this.#accessKeys] = [keys, subjects, accessKeys];
    this.#uses = uses;
  }
}

function withoutRemoved(entry: ConsumerEntry, texts: ReadonlySet<string>): ConsumerEntry {
  const keys = entry.keys.filter(({ sha256 }) => texts.has(sha256));
  const sdk = entry.sdk.filter(({ ak }) => texts.has(ak));
  return { ...entry, keys, sdk, jwt: entry.jwt.filter((subject) => texts.has(subject)) };
}

/** @param sha256 64 hexadecimal digits in lower case. */
function stored(
  sha256: string,
  consumer: Consumer,
  expiresAt: number | null,
  use: KeyUse = { lastAt: 0 },
): StoredKey {
  return {
    use,
    digits: Buffer.from(sha256, 'latin1'),
    principal: { consumer, keyId: keyIdOf(sha256), expiresAt },
  };
}

function keyIdOf(sha256: string): string {
  return sha256.slice(0, 8);
}
