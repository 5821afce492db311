import { randomUUID } from 'node:crypto';
import type { RedisLink } from '../redis/redis-link.js';
import { Reply, toNumber } from '../redis/reply.js';
import { readAccount, slotsIn } from './account-form.js';
import { readScript, writeScript } from './account-scripts.js';
import type { Account, Limit, Slot } from './account.js';

/** One reading of Redis: the account of one API, the members, and the API's total. */
export interface Found {
  /** Redis's time in ms. */
  now: number;
  /**
   * Names the Redis server: another server may lack the last changes of the account. Empty when the server hides its
   * name.
   */
  home: string;
  /**
   * False when the reading carried a sign of life and Redis did not list this instance before: Redis has lost its
   * data, or the instance is new.
   */
  wasMember: boolean;
  version: string;
  /** The account as stored; null when Redis has none. */
  text: string | null;
  /** Undefined when Redis has no account. An unreadable account reads as one of another server (account-form.ts). */
  account: Account | undefined;
  /** Each member's name and its last sign of life, with Redis's time in front. */
  members: readonly [name: string, signOfLife: string][];
  /**
   * Calls of all HSS users that count against the API's total, and the time at which the oldest call stops counting.
   */
  totalUsed: number;
  totalFreeAt: number;
}

/** A message that a member stores with each reading and writing. The text is made in membership.ts. */
export interface SignOfLife {
  name: string;
  text: string;
  /** The time of sending, on Redis's clock. Redis takes no notice of a sign of life that comes late. */
  sentAt: number;
}

/**
 * Accounts as JSON texts in Redis, changed by compare-and-set. The rules run in the service; Redis makes sure that no
 * instance decides on an old account, and provides the clock. FleetLedger is the only user.
 */
export class AccountStore {
  constructor(
    private readonly redis: RedisLink,
    private readonly user: string,
    private readonly total: Limit,
    /** Redis forgets a member after this time without a sign of life. */
    private readonly lostForMs: number,
  ) {}

  /** @throws RedisUnavailable, or Redis's own error reply. */
  async read(api: string, signOfLife: SignOfLife | null): Promise<Found> {
    const reply = new Reply(
      await this.redis.run((redis) =>
        redis.eval(
          readScript,
          3,
          ...this.#keys(api),
          signOfLife?.name ?? '',
          signOfLife?.text ?? '',
          this.lostForMs,
          this.total.windowMs,
          Math.round(signOfLife?.sentAt ?? 0),
        ),
      ),
    );
    // The elements are read in the order of the script's reply.
    const now = reply.number();
    const home = reply.text();
    const wasMember = reply.number() === 1;
    const version = reply.textOrNull() ?? '';
    const text = reply.textOrNull();
    const totalUsed = reply.number();
    const totalFreeAt = reply.number() + this.total.windowMs;
    const members = reply.pairs().map(([name, sign]): [string, string] => [name, readableSign(sign)]);
    const account = readAccount(text);
    return { now, home, wasMember, version, text, account, members, totalUsed, totalFreeAt };
  }

  /** @returns false when another instance was faster. @throws like `read`. */
  async write(
    api: string,
    found: Found,
    account: Account,
    text: string,
    signOfLife: SignOfLife | null,
  ): Promise<boolean> {
    const { counting, unused, started } = changesOf(slotsIn(found.text), account.slots, found.now);
    const written = await this.redis.run((redis) =>
      redis.eval(
        writeScript,
        3,
        ...this.#keys(api),
        found.version,
        randomUUID(),
        text,
        signOfLife?.name ?? '',
        signOfLife?.text ?? '',
        this.total.windowMs,
        counting.length,
        found.now,
        started,
        this.total.limit,
        ...counting.flatMap(({ id, from }) => [from, id]),
        ...unused,
      ),
    );
    return toNumber(written) === 1;
  }

  /** Ends the membership. */
  async leave(name: string): Promise<void> {
    await this.redis.run((redis) => redis.hdel(this.#membersKey, name));
  }

  /** The `maxmemory_policy`, which decides whether a full Redis deletes keys. Null when Redis does not tell it. */
  async evictionPolicy(): Promise<string | null> {
    const info = await this.redis.run((redis) => redis.info('memory'));
    return /maxmemory_policy:(\S+)/.exec(info)?.[1] ?? null;
  }

  get #user(): string {
    return encodeURIComponent(this.user);
  }

  /** Holds the members that share one HSS user's rate. */
  get #membersKey(): string {
    return this.#key(`members:${this.#user}`);
  }

  #keys(api: string): [string, string, string] {
    return [this.#key(`account:${this.#user}:${api}`), this.#membersKey, this.#key(`total:${api}`)];
  }

  /** All keys have the same hash tag: the keys of a script must lie on the same node of a cluster. */
  #key(name: string): string {
    return this.redis.key('{budget}', name);
  }
}

/**
 * A sign of life of a release with another form counts with the smallest share: its time, which Redis wrote, is
 * always there.
 */
function readableSign(sign: string): string {
  return /^\d+ \d+( |$)/.test(sign) ? sign : `${/^\d*/.exec(sign)?.[0] || '0'} 1`;
}

/** The effect of a change on the API's total: calls with a new time to count from, and calls that were never made. */
function changesOf(before: readonly Slot[], after: readonly Slot[], now: number) {
  const known = new Map(before.map(({ id, from }) => [id, from]));
  const counting = after.filter(({ id, from }) => known.get(id) !== from);
  const kept = new Set(after.map(({ id }) => id));
  // A call that has not ended cannot have grown too old to count. If its slot is gone, the call was never made.
  const unused = before.filter(({ id, from }) => !kept.has(id) && from > now).map(({ id }) => id);
  const started = counting.filter(({ id, endedAt }) => !known.has(id) && endedAt === null).length;
  return { counting, unused, started };
}
