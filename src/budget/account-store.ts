import { randomUUID } from 'node:crypto';
import type { RedisLink } from '../redis/redis-link.js';
import { Reply, toNumber } from '../redis/reply.js';
import { readAccount } from './account-form.js';
import { lookScript, readScript, writeScript } from './account-scripts.js';
import type { Account, Limit, Slot } from './account.js';

/** The part of each reading of Redis that belongs to no account. */
export interface Heard {
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
  /** Each member's name and its last sign of life, with Redis's time in front. */
  members: readonly [name: string, signOfLife: string][];
}

/** The versions of accounts, by API. The version is empty when Redis has no account. */
export interface Look extends Heard {
  versions: ReadonlyMap<string, string>;
}

/** The account of one API, and the API's total. */
export interface Found extends Heard {
  version: string;
  /** The account as stored; null when Redis has none. */
  text: string | null;
  /** Undefined when Redis has no account. An unreadable account reads as one of another server (account-form.ts). */
  account: Account | undefined;
  /** For each stored call, by slot: the time from which it counts. */
  counted: ReadonlyMap<string, number>;
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
    private readonly forgottenAfterMs: number,
  ) {}

  /** Reads the versions of accounts, without the accounts. @throws like `read`. */
  async look(apis: readonly string[], sign: SignOfLife | null): Promise<Look> {
    const keys = [this.#membersKey, ...apis.map((api) => this.#accountKey(api))];
    const reply = await this.#eval(lookScript, keys, this.#greeting(sign));
    const heard = heardIn(reply);
    const versions = new Map(apis.map((api) => [api, reply.text()]));
    return { ...heard, versions, members: membersIn(reply) };
  }

  /** @throws RedisUnavailable, or Redis's own error reply. */
  async read(api: string, sign: SignOfLife | null): Promise<Found> {
    const reply = await this.#eval(readScript, this.#keys(api), [
      ...this.#greeting(sign),
      this.total.windowMs,
    ]);
    // The elements are read in the order of the script's reply.
    const heard = heardIn(reply);
    const version = reply.textOrNull() ?? '';
    const text = reply.textOrNull();
    const totalUsed = reply.number();
    const totalFreeAt = reply.number() + this.total.windowMs;
    const members = membersIn(reply);
    const account = readAccount(text);
    const counted = new Map(account?.slots.map(({ id, from }) => [id, from]));
    return { ...heard, version, text, account, counted, members, totalUsed, totalFreeAt };
  }

  /** @returns the new version; null when another instance was faster. @throws like `read`. */
  async write(
    api: string,
    found: Found,
    account: Account,
    text: string,
    sign: SignOfLife | null,
  ): Promise<string | null> {
    const version = randomUUID();
    const { counting, unused, started } = changesOf(found.counted, account.slots, found.now);
    const written = await this.redis.run((redis) =>
      redis.eval(
        writeScript,
        3,
        ...this.#keys(api),
        found.version,
        version,
        text,
        sign?.name ?? '',
        sign?.text ?? '',
        this.total.windowMs,
        counting.length,
        found.now,
        started,
        this.total.limit,
        ...counting.flatMap(({ id, from }) => [from, id]),
        ...unused,
      ),
    );
    return toNumber(written) === 1 ? version : null;
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

  #accountKey(api: string): string {
    return this.#key(`account:${this.#user}:${api}`);
  }

  #keys(api: string): string[] {
    return [this.#membersKey, this.#accountKey(api), this.#key(`total:${api}`)];
  }

  /** The arguments with which each reading begins. */
  #greeting(sign: SignOfLife | null): (string | number)[] {
    return [sign?.name ?? '', sign?.text ?? '', this.forgottenAfterMs, Math.round(sign?.sentAt ?? 0)];
  }

  async #eval(script: string, keys: string[], args: (string | number)[]): Promise<Reply> {
    return new Reply(await this.redis.run((redis) => redis.eval(script, keys.length, ...keys, ...args)));
  }

  /** All keys have the same hash tag: the keys of a script must lie on the same node of a cluster. */
  #key(name: string): string {
    return this.redis.key('{budget}', name);
  }
}

function heardIn(reply: Reply): Omit<Heard, 'members'> {
  return { now: reply.number(), home: reply.text(), wasMember: reply.number() === 1 };
}

/** The rest of the reply. */
function membersIn(reply: Reply): Heard['members'] {
  return reply.pairs().map(([name, sign]) => [name, readableSign(sign)]);
}

/**
 * A sign of life of a release with another form counts with the smallest share: its time, which Redis wrote, is
 * always there.
 */
function readableSign(sign: string): string {
  return /^\d+ \d+( |$)/.test(sign) ? sign : `${/^\d*/.exec(sign)?.[0] || '0'} 1`;
}

/** The effect of a change on the API's total: calls with a new time to count from, and calls that were never made. */
function changesOf(before: Found['counted'], after: readonly Slot[], now: number) {
  const counting = after.filter(({ id, from }) => before.get(id) !== from);
  const kept = new Set(after.map(({ id }) => id));
  // A call that has not ended cannot have grown too old to count. If its slot is gone, the call was never made.
  const unused = [...before].filter(([id, from]) => !kept.has(id) && from > now).map(([id]) => id);
  const started = counting.filter(({ id, endedAt }) => !before.has(id) && endedAt === null).length;
  return { counting, unused, started };
}
