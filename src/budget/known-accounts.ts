import type { Account, Limit } from './account.js';
import { restartTimes } from './account-times.js';
import { holdingIn, surely, type Holding } from './lone-share.js';

interface KnownAccount {
  account: Account;
  /** The version in Redis; null when the account is not in Redis as it is here. */
  version: string | null;
  /** Redis's clock was set since this account was read: its times were replaced. */
  isRestarted: boolean;
}

interface Memory {
  /** The holding in the account as it was read or written last. */
  read: Holding;
  /** The least of all holdings that Redis may have stored without an answer since. */
  attempted: Holding | null;
}

/**
 * Each account as this instance saw it last, and what the account surely holds for this instance. LoneLedger goes on
 * with this account while Redis is away, and restores the shared account from it.
 */
export class KnownAccounts {
  readonly #known = new Map<string, KnownAccount>();
  readonly #memories = new Map<string, Memory>();

  constructor(
    private readonly instance: string,
    private readonly limit: Limit,
    private readonly longestCallMs: number,
  ) {}

  get apis(): string[] {
    return [...this.#known.keys()];
  }

  /** Not a copy: do not change the account. */
  get(api: string): Account | undefined {
    return this.#known.get(api)?.account;
  }

  /** Keeps a copy of the account with which this instance goes on alone, beside the calls of the others. */
  keepLone(api: string, { slots, ...account }: Account): void {
    const others = this.get(api)?.slots.filter(({ instance }) => instance !== this.instance) ?? [];
    const copy = structuredClone({ ...account, slots: [...slots, ...others] });
    this.#known.set(api, { account: copy, version: null, isRestarted: this.isRestarted(api) });
  }

  /** Redis holds this account now, in this version. */
  keepShared(api: string, account: Account, version: string): void {
    this.#known.set(api, { account, version, isRestarted: false });
    this.noteRead(api, account);
    this.#memoryOf(api).attempted = null;
  }

  /** Redis holds this account, before the change of this instance. */
  noteRead(api: string, account: Account | undefined): void {
    if (account) this.#memoryOf(api).read = holdingIn(account, this.instance, this.limit);
  }

  /**
   * Redis may hold this account soon, with or without an answer to this instance.
   * @returns a function that takes it back: Redis has refused the change.
   */
  noteAttempt(api: string, account: Account): () => void {
    const memory = this.#memoryOf(api);
    const before = memory.attempted;
    const holding = holdingIn(account, this.instance, this.limit);
    memory.attempted = before ? surely(before, holding) : holding;
    return () => (memory.attempted = before);
  }

  /** Undefined when this instance has never changed the account. */
  holding(api: string): Holding | undefined {
    const memory = this.#memories.get(api);
    if (!memory) return undefined;
    const { read, attempted } = memory;
    return attempted ? surely(read, attempted) : read;
  }

  /** Redis's clock was set: the times of all accounts mean nothing any more. */
  restart(byMs: number, now: number): void {
    for (const [api, { account }] of this.#known) {
      const restarted = restartTimes(account, { byMs, now, longestCallMs: this.longestCallMs });
      this.#known.set(api, { account: restarted, version: null, isRestarted: true });
    }
    for (const memory of this.#memories.values()) memory.read = { ...memory.read, ends: new Map() };
  }

  /** @returns whether Redis's account is the one that is known here, if Redis holds this version. */
  isCurrent(api: string, version: string | undefined): boolean {
    return version !== undefined && this.#known.get(api)?.version === version;
  }

  /** Whether Redis's clock was set since this account was read. */
  isRestarted(api: string): boolean {
    return this.#known.get(api)?.isRestarted ?? false;
  }

  #memoryOf(api: string): Memory {
    let memory = this.#memories.get(api);
    if (!memory) {
      const read = { share: 0, spare: 0, ends: new Map<string, number>() };
      this.#memories.set(api, (memory = { read, attempted: null }));
    }
    return memory;
  }
}
