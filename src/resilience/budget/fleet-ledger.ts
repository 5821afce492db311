import { randomUUID } from 'node:crypto';
import type { RedisLink } from '../../redis/redis-link.js';
import type { Log } from '../../telemetry/log.js';
import { sleep, type Clock } from '../clock.js';
import type { Account, Limit } from './account.js';
import type { Changed, Ledger, Situation, Transacted } from './ledger.js';
import { LocalLedger } from './local-ledger.js';
import { recall, type Remembered } from './memory-of-loss.js';

/** An instance that has not been heard of for this long is taken for dead. */
const deadAfterMs = 4_000;
const beatEveryMs = 1_000;
/** An account that a fresh Redis does not have may be known to an instance whose next beat is not due yet. */
const graceMs = 2 * beatEveryMs;
const mostTries = 50;

export interface FleetLedgerOptions {
  instance: string;
  user: string;
  limit: Limit;
  total: Limit;
  fleetSize: number;
  longestCallMs: number;
}

interface Found {
  now: number;
  /** Names the Redis server: another one may lack what the last one knew. */
  home: string;
  /** How long that server has been running; whole seconds. */
  serverAgeMs: number;
  version: string;
  account: Account | undefined;
  members: Map<string, number>;
  totalUsed: number;
}

/**
 * Accounts that the fleet shares: one JSON text per API in Redis, changed by compare-and-set, on Redis's clock. The
 * rules are TypeScript and run here; Redis makes sure that nobody decides on an old state. While Redis is away it
 * goes on in memory with this instance's share.
 */
export class FleetLedger implements Ledger {
  readonly #local: LocalLedger;
  #cancelBeat: (() => void) | undefined;
  #state: 'unknown' | 'shared' | 'alone' = 'unknown';
  #members = new Map<string, number>();
  /** Redis's time minus our monotonic clock. */
  #offsetMs: number;
  /** What was last seen of each account, to go on with when Redis goes away. */
  readonly #seen = new Map<string, { account: string; at: number }>();

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: FleetLedgerOptions,
  ) {
    this.#offsetMs = clock.now() - clock.monotonic();
    const sharers = () => Math.max(this.#lastSeen().length + 1, options.fleetSize);
    this.#local = new LocalLedger(clock, options.instance, options.limit, sharers);
    this.#beat();
  }

  async transact<T>(
    api: string,
    remembered: Remembered,
    change: (account: Account, situation: Situation) => Changed<T>,
  ): Promise<Transacted<T>> {
    if (this.redis.isUp) {
      try {
        const done = await this.#shared(api, remembered, change);
        this.#enter('shared');
        return done;
      } catch (error) {
        // Redis is away, full or too busy: the share of this instance is safe to use.
        this.#enter('alone', error);
      }
    }
    this.#enter('alone');
    return this.#alone(api, remembered, change);
  }

  /** Each change is told once, not with every call. */
  #enter(state: 'shared' | 'alone', error?: unknown): void {
    if (state === this.#state) return;
    this.#state = state;
    const { fleetSize } = this.options;
    const sharers = Math.max(this.#members.size, fleetSize);
    const reason = error instanceof Error ? error.message : undefined;
    if (state === 'shared') this.log.info('The call budget is shared through Redis');
    else this.log.warn({ sharers, reason }, 'The call budget is not shared: keeping to a share of the rate');
  }

  async close(): Promise<void> {
    this.#cancelBeat?.();
    await this.redis
      .run((redis) => redis.hdel(this.#key('members'), this.options.instance))
      .catch(() => undefined);
  }

  async #shared<T>(
    api: string,
    remembered: Remembered,
    change: (account: Account, situation: Situation) => Changed<T>,
  ): Promise<Transacted<T>> {
    const { instance, limit, total } = this.options;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const found = await this.#read(api);
      const { now } = found;
      const account = recall(
        {
          account: found.account,
          home: found.home,
          instance,
          now,
          windowMs: limit.windowMs,
          newEpoch: randomUUID,
          graceMs: Math.max(0, graceMs - found.serverAgeMs),
        },
        remembered,
      );
      const isLive = (name: string) =>
        name === instance || now - (found.members.get(name) ?? 0) < deadAfterMs;
      const live = [...found.members.keys()].filter(isLive).length;
      const { taken, result } = change(account, {
        now,
        limit,
        reserved: reservedFor(found.members, isLive, limit, now),
        isLive,
        liveInstances: Math.max(1, live),
        totalRoom: total.limit - found.totalUsed,
        isShared: true,
      });
      const text = JSON.stringify(account);
      if (await this.#write(api, found.version, text, taken)) {
        this.#local.drop(api);
        this.#seen.set(api, { account: text, at: now });
        return {
          result,
          now,
          epoch: account.epoch,
          others: [...found.members.keys()].filter((name) => name !== instance && isLive(name)),
        };
      }
      // Somebody was faster. A random pause keeps two from doing so for ever.
      await sleep(this.clock, Math.random() * Math.min(20, 2 * (tries + 1)));
    }
    throw new Error('The account of the call budget is too busy');
  }

  /**
   * Goes on from what was last seen. Others may have called since, so where there are others nothing is granted for
   * one window; after that everybody keeps to a share.
   */
  async #alone<T>(
    api: string,
    remembered: Remembered,
    change: (account: Account, situation: Situation) => Changed<T>,
  ): Promise<Transacted<T>> {
    const seen = this.#seen.get(api);
    if (seen && !this.#local.holds(api)) {
      const account = JSON.parse(seen.account) as Account;
      const shiftMs = this.#local.now - (this.clock.monotonic() + this.#offsetMs);
      shiftTimes(account, shiftMs);
      account.tickets = account.tickets.filter(({ instance }) => instance === this.options.instance);
      if (this.#lastSeen().length > 0) account.blockedUntil = seen.at + shiftMs + this.options.limit.windowMs;
      this.#local.adopt(api, account);
    }
    const done = await this.#local.transact(api, remembered, change);
    return { ...done, epoch: remembered.epoch ?? done.epoch, others: this.#lastSeen() };
  }

  /** The other instances that were there when Redis was last heard of. */
  #lastSeen(): string[] {
    return [...this.#members.keys()].filter((name) => name !== this.options.instance);
  }

  async #read(api: string): Promise<Found> {
    const { instance, total } = this.options;
    const reply = (await this.redis.run((redis) =>
      redis.eval(
        readScript,
        3,
        this.#accountKey(api),
        this.#key('members'),
        this.#key(`total:${api}`),
        instance,
        total.windowMs,
      ),
    )) as ReadReply;
    const [now, home, serverAge, version, text, totalUsed, ...pairs] = reply;
    const members = new Map<string, number>();
    for (let index = 0; index < pairs.length; index += 2)
      members.set(pairs[index] ?? '', Number(pairs[index + 1]));
    this.#members = members;
    this.#offsetMs = now - this.clock.monotonic();
    const account = parseAccount(text);
    return {
      now,
      home,
      serverAgeMs: Number(serverAge) * 1000,
      version: version ?? '',
      account,
      members,
      totalUsed,
    };
  }

  async #write(api: string, version: string, account: string, taken: number): Promise<boolean> {
    const keys = [this.#accountKey(api), this.#key(`total:${api}`)];
    const newVersion = randomUUID();
    const { longestCallMs, total } = this.options;
    const written = await this.redis.run((redis) =>
      redis.eval(writeScript, 2, ...keys, version, newVersion, account, taken, longestCallMs, total.windowMs),
    );
    return written === 1;
  }

  #beat(): void {
    this.#cancelBeat = this.clock.after(beatEveryMs, () => {
      void this.#read('beat')
        .catch(() => undefined)
        .then(() => this.#cancelBeat && this.#beat());
    });
  }

  #accountKey(api: string): string {
    return this.#key(`account:${encodeURIComponent(this.options.user)}:${api}`);
  }

  /** One hash tag for all: a script's keys must lie on one node of a cluster. */
  #key(name: string): string {
    return this.redis.key('{budget}', name);
  }
}

/** Instances that vanished without a word may still call, with a share of their own: it is left to them for a while. */
function reservedFor(
  members: ReadonlyMap<string, number>,
  isLive: (name: string) => boolean,
  { limit, windowMs }: Limit,
  now: number,
): number {
  const lost = [...members].filter(
    ([name, at]) => !isLive(name) && now - at < 2 * windowMs + deadAfterMs,
  ).length;
  const share = Math.max(1, Math.floor(limit / Math.max(1, members.size)));
  return lost * share;
}

type ReadReply = [
  now: number,
  home: string,
  serverAgeSeconds: string,
  version: string | null,
  account: string | null,
  totalUsed: number,
  ...membersWithTimes: string[],
];

function parseAccount(text: string | null): Account | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) as Account);
  } catch {
    // Unreadable is lost.
    return undefined;
  }
}

function shiftTimes(account: Account, byMs: number): void {
  for (const slot of account.slots) slot.from += byMs;
  for (const ticket of account.tickets) ticket.until += byMs;
  if (account.pausedUntil > 0) account.pausedUntil += byMs;
  if (account.breaker.openUntil > 0) account.breaker.openUntil += byMs;
}

/** Members that are long gone are forgotten; who reads is alive. */
const readScript = `
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', KEYS[2], ARGV[1], now)
redis.call('PEXPIRE', KEYS[2], 7200000)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[2])
local members = redis.call('HGETALL', KEYS[2])
for i = 1, #members, 2 do
  if now - members[i + 1] > 3600000 then redis.call('HDEL', KEYS[2], members[i]) end
end
local account = redis.call('HMGET', KEYS[1], 'version', 'account')
local info = redis.call('INFO', 'server')
local home, age = string.match(info, 'run_id:(%w+)'), string.match(info, 'uptime_in_seconds:(%d+)')
local reply = {now, home, age, account[1], account[2], redis.call('ZCARD', KEYS[3])}
for i = 1, #members do reply[#reply + 1] = members[i] end
return reply`;

/** For the total, a call counts from when it must have ended. */
const writeScript = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'account', ARGV[3])
redis.call('PEXPIRE', KEYS[1], 7200000)
for i = 1, tonumber(ARGV[4]) do redis.call('ZADD', KEYS[2], now + ARGV[5], ARGV[2] .. i) end
redis.call('PEXPIRE', KEYS[2], ARGV[5] + ARGV[6] + 60000)
return 1`;
