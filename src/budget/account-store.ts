import { randomUUID } from 'node:crypto';
import type { RedisLink } from '../redis/redis-link.js';
import type { Account, Limit, Slot } from './account.js';

/** What Redis holds of one API, and of those who share it, at one moment. */
export interface Found {
  /** Redis's time in ms. */
  now: number;
  /** Names the Redis server: another one may lack what the last one knew. */
  home: string;
  /** Whether this instance was a member before it told so with this reading: else Redis has lost what it knew. */
  wasMember: boolean;
  version: string;
  /** As stored; null when there is none. */
  text: string | null;
  /** Undefined when there is none, or it cannot be read. */
  account: Account | undefined;
  /** Each member's name and what it told last. */
  members: readonly [name: string, told: string][];
  /** Calls of all HSS users that count against the API's total, and when the oldest of them stops to. */
  totalUsed: number;
  totalFreeAt: number;
}

/** What a member tells with whatever it does: that it is there, its share without Redis, APIs whose calls it knows. */
export interface Told {
  name: string;
  text: string;
}

/**
 * Accounts as JSON texts in Redis, changed by compare-and-set. The rules run in the service; Redis makes sure that
 * nobody decides on an old state, and lends its clock.
 */
export class AccountStore {
  constructor(
    private readonly redis: RedisLink,
    private readonly user: string,
    private readonly total: Limit,
    /** Members unheard of for longer are forgotten. */
    private readonly lostForMs: number,
  ) {}

  /** @throws RedisUnavailable, or Redis's own error reply. */
  async read(api: string, told: Told | null): Promise<Found> {
    const reply = await this.redis.run((redis) =>
      redis.eval(
        readScript,
        3,
        ...this.#keys(api),
        told?.name ?? '',
        told?.text ?? '',
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
    const isMember = wasMember === 1;
    return {
      ...{ now, home, wasMember: isMember, version: version ?? '', text },
      ...{ account, members, totalUsed, totalFreeAt },
    };
  }

  /** @returns false when somebody was faster. @throws like `read`. */
  async write(
    api: string,
    found: Found,
    account: Account,
    text: string,
    told: Told | null,
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
        told?.name ?? '',
        told?.text ?? '',
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

  /** Whether this Redis throws keys away when it is full; null when it does not say. */
  async evictionPolicy(): Promise<string | null> {
    const info = await this.redis.run((redis) => redis.info('memory'));
    return /maxmemory_policy:(\S+)/.exec(info)?.[1] ?? null;
  }

  get #user(): string {
    return encodeURIComponent(this.user);
  }

  /** Those that share one HSS user's rate. */
  get #membersKey(): string {
    return this.#key(`members:${this.#user}`);
  }

  #keys(api: string): [string, string, string] {
    return [this.#key(`account:${this.#user}:${api}`), this.#membersKey, this.#key(`total:${api}`)];
  }

  /** One hash tag for all: a script's keys must lie on one node of a cluster. */
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
  ...membersWithWhatTheyTold: string[],
];

function parseAccount(text: string | null): Account | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) as Account);
  } catch {
    // Unreadable is lost.
    return undefined;
  }
}

/** As they were before the change: `account` is being changed in place. */
function slotsIn({ text }: Found): readonly Slot[] {
  return parseAccount(text)?.slots ?? [];
}

/** What a change of the account means for the total: which calls count from when, and which were never made. */
function changesOf(before: readonly Slot[], after: readonly Slot[], now: number) {
  const known = new Map(before.map(({ id, from }) => [id, from]));
  const counting = after.filter(({ id, from }) => known.get(id) !== from);
  const kept = new Set(after.map(({ id }) => id));
  // One that had not ended yet cannot have grown old.
  const unused = before.filter(({ id, from }) => !kept.has(id) && from > now).map(({ id }) => id);
  const started = counting.filter(({ id, endedAt }) => !known.has(id) && endedAt === null).length;
  return { counting, unused, started };
}

/** A member's value: when it was heard of, and what it told. */
const tell = `
local function tell(name, text)
  if name ~= '' then redis.call('HSET', KEYS[2], name, string.format('%.0f', now) .. ' ' .. text) end
end`;
/** Longer than any window that can be set. */
const keepMs = 2 * 24 * 3_600_000;

const readScript = `
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
${tell}
local wasMember = ARGV[1] ~= '' and redis.call('HEXISTS', KEYS[2], ARGV[1]) or 1
tell(ARGV[1], ARGV[2])
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
 * Nothing is granted on an old reading, nor above the total. Of the total, a call counts from when it does in its
 * account; ARGV[11] on: times and ids, then what was never made.
 */
const writeScript = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
if now - ARGV[8] > 1000 then return 0 end
if tonumber(ARGV[9]) > 0 and redis.call('ZCARD', KEYS[3]) + ARGV[9] > tonumber(ARGV[10]) then return 0 end
${tell}
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'account', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ${keepMs})
local last = 10 + 2 * ARGV[7]
for i = 11, last, 2 do redis.call('ZADD', KEYS[3], ARGV[i], ARGV[i + 1]) end
for i = last + 1, #ARGV do redis.call('ZREM', KEYS[3], ARGV[i]) end
redis.call('PEXPIRE', KEYS[3], ARGV[6] + 3600000)
tell(ARGV[4], ARGV[5])
return 1`;
