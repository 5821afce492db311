import { randomUUID } from 'node:crypto';
import type { RedisLink } from '../redis/redis-link.js';
import type { Account, Limit, Slot } from './account.js';

/** One reading of Redis: the account of one API, the members, and the API's total. */
export interface Found {
  /** Redis's time in ms. */
  now: number;
  /** Names the Redis server: another server may lack the last changes of the account. */
  home: string;
  /**
   * False when the reading carried a sign of life and Redis did not list this instance before: Redis has lost its
   * data, or the instance is new.
   */
  wasMember: boolean;
  version: string;
  /** The account as stored; null when Redis has none. */
  text: string | null;
  /** Undefined when Redis has no account, or an unreadable one. */
  account: Account | undefined;
  /** Each member's name and its last sign of life, with Redis's time in front. */
  members: readonly [name: string, signOfLife: string][];
  /**
   * Calls of all HSS users that count against the API's total, and the time at which the oldest call stops to
   * count.
   */
  totalUsed: number;
  totalFreeAt: number;
}

/** A message that a member stores with each reading and writing. The text is made in membership.ts. */
export interface SignOfLife {
  name: string;
  text: string;
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
    /** Redis forgets members without a sign of life for longer than this. */
    private readonly lostForMs: number,
  ) {}

  /** @throws RedisUnavailable, or Redis's own error reply. */
  async read(api: string, signOfLife: SignOfLife | null): Promise<Found> {
    const reply = await this.redis.run((redis) =>
      redis.eval(
        readScript,
        3,
        ...this.#keys(api),
        signOfLife?.name ?? '',
        signOfLife?.text ?? '',
        this.lostForMs,
        this.total.windowMs,
      ),
    );
    const [now, home, wasMember, version, text, totalUsed, oldest, ...pairs] = reply as ReadReply;
    const members = Array.from({ length: pairs.length / 2 }, (_, index): [string, string] => [
      pairs[2 * index] ?? '',
      pairs[2 * index + 1] ?? '',
    ]);
    const account = parseAccount(text);
    const totalFreeAt = Number(oldest) + this.total.windowMs;
    return {
      now,
      home,
      wasMember: wasMember === 1,
      version: version ?? '',
      text,
      account,
      members,
      totalUsed,
      totalFreeAt,
    };
  }

  /** @returns false when another instance was faster. @throws like `read`. */
  async write(
    api: string,
    found: Found,
    account: Account,
    text: string,
    signOfLife: SignOfLife | null,
  ): Promise<boolean> {
    const { counting, unused, started } = changesOf(slotsIn(found), account.slots, found.now);
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
    return written === 1;
  }

  /** Ends the membership. */
  async leave(name: string): Promise<void> {
    await this.redis.run((redis) => redis.hdel(this.#membersKey, name));
  }

  /** Whether Redis deletes keys when it is full, as `maxmemory_policy`; null when Redis does not say. */
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

type ReadReply = [
  now: number,
  home: string,
  wasMember: number,
  version: string | null,
  account: string | null,
  totalUsed: number,
  oldestOfTotal: string,
  ...membersWithSignsOfLife: string[],
];

function parseAccount(text: string | null): Account | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) as Account);
  } catch {
    // An unreadable account counts as lost.
    return undefined;
  }
}

/** The slots before the change. `found.account` is no help: the change was made in it. */
function slotsIn({ text }: Found): readonly Slot[] {
  return parseAccount(text)?.slots ?? [];
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

/** A member's value: the time of its sign of life, then the text. */
const signScript = `
local function sign(name, text)
  if name ~= '' then redis.call('HSET', KEYS[2], name, string.format('%.0f', now) .. ' ' .. text) end
end`;
/** Longer than any window in the settings can be. */
const keepMs = 2 * 24 * 3_600_000;

const readScript = `
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
${signScript}
local wasMember = ARGV[1] ~= '' and redis.call('HEXISTS', KEYS[2], ARGV[1]) or 1
sign(ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ${keepMs})
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[4])
local account = redis.call('HMGET', KEYS[1], 'version', 'account')
local info = redis.call('INFO', 'server')
local home = string.match(info, 'run_id:(%w+)')
local oldest = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2] or '0'
local reply = {now, home, wasMember, account[1], account[2], redis.call('ZCARD', KEYS[3]), oldest}
local members = redis.call('HGETALL', KEYS[2])
for i = 1, #members, 2 do
  if now - (tonumber(string.match(members[i + 1], '^%d+')) or 0) > tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[2], members[i])
  else
    reply[#reply + 1] = members[i]
    reply[#reply + 1] = members[i + 1]
  end
end
return reply`;

/**
 * Writes the account unless it was changed since the reading. Also writes nothing when the reading is older than a
 * second, or when new calls would exceed the total. A call counts against the total from the same time as in its
 * account. ARGV[11] and following: pairs of time and id for counting calls, then ids of calls that were never made.
 */
const writeScript = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
if now - ARGV[8] > 1000 then return 0 end
if tonumber(ARGV[9]) > 0 and redis.call('ZCARD', KEYS[3]) + ARGV[9] > tonumber(ARGV[10]) then return 0 end
${signScript}
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'account', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ${keepMs})
local last = 10 + 2 * ARGV[7]
for i = 11, last, 2 do redis.call('ZADD', KEYS[3], ARGV[i], ARGV[i + 1]) end
for i = last + 1, #ARGV do redis.call('ZREM', KEYS[3], ARGV[i]) end
redis.call('PEXPIRE', KEYS[3], ARGV[6] + 3600000)
sign(ARGV[4], ARGV[5])
return 1`;
