import { randomUUID } from 'node:crypto';
import type { RedisLink } from '../../redis/redis-link.js';
import type { Log } from '../../telemetry/log.js';
import { sleep, type Clock } from '../clock.js';
import { newAccount, type Account, type Limit, type Slot } from './account.js';
import type { Changed, Ledger, Situation, Transacted } from './ledger.js';
import { LocalLedger } from './local-ledger.js';
import { recall } from './memory-of-loss.js';
import { marginMs } from './slots.js';

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

interface Member {
  /** When it was heard of last, on Redis's clock. */
  at: number;
  /** The APIs of whose calls it may know more than the account. */
  apis: ReadonlySet<string>;
}

/** What this instance knows of an account: to go on with without Redis, and to restore it when it was lost. */
interface Known {
  epoch: string;
  text: string;
  ownSlots: Slot[];
  /** Its times minus our monotonic clock. */
  offsetMs: number;
}

interface Found {
  now: number;
  /** Names the Redis server: another one may lack what the last one knew. */
  home: string;
  /** How long that server has been running; whole seconds. */
  serverAgeMs: number;
  version: string;
  text: string | null;
  members: Map<string, Member>;
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
  #isClosed = false;
  #state: 'unknown' | 'shared' | 'alone' = 'unknown';
  #members = new Map<string, Member>();
  /** Everyone heard of lately, even if Redis has forgotten them since. */
  readonly #heard = new Map<string, Member>();
  /** The time of accounts minus our monotonic clock: Redis's, once it has been reached. */
  #offsetMs: number;
  /** On our monotonic clock. */
  #lastContact = -Infinity;
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: FleetLedgerOptions,
  ) {
    this.#offsetMs = clock.now() - clock.monotonic();
    const sharers = () => Math.max(this.#lastSeen().length + 1, options.fleetSize);
    const now = () => clock.monotonic() + this.#offsetMs;
    this.#local = new LocalLedger(now, options.instance, options.limit, sharers);
    this.#beat();
  }

  async transact<T>(
    api: string,
    change: (account: Account, situation: Situation) => Changed<T>,
  ): Promise<Transacted<T>> {
    if (this.redis.isUp) {
      try {
        const done = await this.#shared(api, change);
        this.#enter('shared');
        return done;
      } catch (error) {
        // Redis is away, full or too busy: the share of this instance is safe to use.
        this.#enter('alone', error);
      }
    }
    this.#enter('alone');
    return this.#alone(api, change);
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
    this.#isClosed = true;
    this.#cancelBeat?.();
    await this.redis
      .run((redis) => redis.hdel(this.#key('members'), this.options.instance))
      .catch(() => undefined);
  }

  async #shared<T>(
    api: string,
    change: (account: Account, situation: Situation) => Changed<T>,
  ): Promise<Transacted<T>> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const found = await this.#read(api);
      const { now } = found;
      const offsetMs = now - this.clock.monotonic();
      const account = this.#recall(api, found, offsetMs);
      const { taken, result } = change(account, this.#situation(found));
      const text = JSON.stringify(account);
      if (text === found.text || (await this.#write(api, found.version, text, taken))) {
        this.#offsetMs = offsetMs;
        this.#local.drop(api);
        this.#remember(api, account, text);
        return { result, now, epoch: account.epoch };
      }
      // Somebody was faster. A random pause keeps two from doing so for ever.
      await sleep(this.clock, Math.random() * Math.min(20, 2 * (tries + 1)));
    }
    throw new Error('The account of the call budget is too busy');
  }

  #situation({ now, members, totalUsed }: Found): Situation {
    const { instance, limit, total } = this.options;
    const isLive = (name: string) => name === instance || now - (members.get(name)?.at ?? 0) < deadAfterMs;
    const live = [...members.keys()].filter(isLive).length;
    return {
      now,
      limit,
      reserved: reservedFor(members, live, limit),
      isLive,
      liveInstances: Math.max(1, live),
      totalRoom: total.limit - totalUsed,
      isShared: true,
    };
  }

  /** The account as Redis has it, completed by what this instance knows when something was lost. */
  #recall(api: string, { text, home, now, serverAgeMs }: Found, offsetMs: number): Account {
    const { instance, limit } = this.options;
    const known = this.#known.get(api);
    const knowing = [...this.#heard].filter(([name, { apis }]) => name !== instance && apis.has(api));
    // Small differences are the way to Redis; large ones are another clock.
    const shiftMs = known && Math.abs(offsetMs - known.offsetMs) > 1_000 ? offsetMs - known.offsetMs : 0;
    const shifted = (slot: Slot) => ({
      ...slot,
      grantedAt: slot.grantedAt + shiftMs,
      from: slot.from + shiftMs,
    });
    return recall(
      {
        account: parseAccount(text),
        home,
        instance,
        now,
        windowMs: limit.windowMs,
        newEpoch: randomUUID,
        graceMs: Math.max(0, graceMs - serverAgeMs),
      },
      {
        epoch: known?.epoch ?? null,
        others: knowing.map(([name]) => name),
        ownSlots: (known?.ownSlots ?? []).map(shifted),
      },
    );
  }

  #remember(api: string, { epoch, slots }: Account, text: string): void {
    const ownSlots = slots.filter(({ instance }) => instance === this.options.instance);
    this.#known.set(api, { epoch, text, ownSlots, offsetMs: this.#offsetMs });
  }

  /**
   * Goes on from what was last seen. The others may have called since, and go on to use the whole rate until they
   * miss this instance: so where there are others nothing is granted until a window after that. From then on everybody
   * keeps to a share.
   */
  async #alone<T>(
    api: string,
    change: (account: Account, situation: Situation) => Changed<T>,
  ): Promise<Transacted<T>> {
    if (!this.#local.holds(api)) {
      const known = this.#known.get(api);
      const account = known ? (JSON.parse(known.text) as Account) : newAccount(randomUUID(), 'memory');
      account.tickets = account.tickets.filter(({ instance }) => instance === this.options.instance);
      account.blockedUntil = Math.min(account.blockedUntil, this.#local.now + this.options.limit.windowMs);
      if (this.#lastSeen().length > 0)
        account.blockedUntil = this.#lastContact + this.#offsetMs + deadAfterMs + this.options.limit.windowMs;
      this.#local.adopt(api, account);
    }
    return this.#local.transact(api, (account, situation) => {
      const changed = change(account, situation);
      this.#remember(api, account, JSON.stringify(account));
      return changed;
    });
  }

  /** The other instances that were there when Redis was last heard of. */
  #lastSeen(): string[] {
    return [...this.#members.keys()].filter((name) => name !== this.options.instance);
  }

  async #read(api: string): Promise<Found> {
    const { instance, total, limit } = this.options;
    const reply = (await this.redis.run((redis) =>
      redis.eval(
        readScript,
        3,
        this.#accountKey(api),
        this.#key('members'),
        this.#key(`total:${api}`),
        this.#hasToldAllBut(null) ? instance : '',
        this.#apis,
        lostForMs(limit),
        total.windowMs,
      ),
    )) as ReadReply;
    const [now, home, serverAge, version, text, totalUsed, ...pairs] = reply;
    this.#learnMembers(now, pairs);
    return {
      now,
      home,
      serverAgeMs: Number(serverAge) * 1000,
      version: version ?? '',
      text,
      members: this.#members,
      totalUsed,
    };
  }

  #learnMembers(now: number, pairs: readonly string[]): void {
    const members = new Map<string, Member>();
    for (let index = 0; index < pairs.length; index += 2) {
      const [at, ...apis] = (pairs[index + 1] ?? '').split(' ');
      members.set(pairs[index] ?? '', { at: Number(at), apis: new Set(apis) });
    }
    this.#members = members;
    const { limit } = this.options;
    for (const [name, member] of members) this.#heard.set(name, member);
    for (const [name, { at }] of this.#heard) if (now - at > lostForMs(limit)) this.#heard.delete(name);
    const contact = this.clock.monotonic();
    // Away for longer than others keep still: they may have called without Redis, and must tell first.
    if (contact - this.#lastContact > limit.windowMs)
      for (const known of this.#known.values()) known.epoch = 'away';
    this.#lastContact = contact;
  }

  async #write(api: string, version: string, account: string, taken: number): Promise<boolean> {
    const keys = [this.#accountKey(api), this.#key('members'), this.#key(`total:${api}`)];
    const newVersion = randomUUID();
    const { longestCallMs, total, instance } = this.options;
    const member = this.#hasToldAllBut(api) ? instance : '';
    const written = await this.redis.run((redis) =>
      redis.eval(
        writeScript,
        3,
        ...keys,
        version,
        newVersion,
        account,
        taken,
        longestCallMs,
        total.windowMs,
        member,
        this.#apis,
      ),
    );
    return written === 1;
  }

  /**
   * An instance that called without Redis is taken for lost, and its share is left to it, until the accounts know
   * of these calls.
   */
  #hasToldAllBut(api: string | null): boolean {
    return this.#local.apis.every((each) => each === api);
  }

  get #apis(): string {
    return [...this.#known.keys()].filter((api) => this.#knowsCalls(api, 0)).join(' ');
  }

  #beat(): void {
    this.#cancelBeat = this.clock.after(beatEveryMs, () => {
      void this.#hearAndTell()
        .catch(() => undefined)
        .then(() => {
          if (!this.#isClosed) this.#beat();
        });
    });
  }

  /** Whoever finds an account lost waits for everyone who made calls, also those that have none to make now. */
  async #hearAndTell(): Promise<void> {
    await this.#read('beat');
    for (const api of this.#known.keys())
      if (this.#knowsCalls(api, graceMs)) await this.#shared(api, nothing);
  }

  /** @param forMs how long calls are told of after they stopped to count: others still may wait to hear of them. */
  #knowsCalls(api: string, forMs: number): boolean {
    const { ownSlots = [], offsetMs = 0 } = this.#known.get(api) ?? {};
    const since = this.clock.monotonic() + offsetMs - this.options.limit.windowMs - marginMs - forMs;
    return this.#local.holds(api) || ownSlots.some(({ from }) => from > since);
  }

  #accountKey(api: string): string {
    return this.#key(`account:${encodeURIComponent(this.options.user)}:${api}`);
  }

  /** One hash tag for all: a script's keys must lie on one node of a cluster. */
  #key(name: string): string {
    return this.redis.key('{budget}', name);
  }
}

const nothing = () => ({ taken: 0, result: undefined });

/** An instance that vanished without a word may still call, with a share of its own: it is left to it this long. */
function lostForMs({ windowMs }: Limit): number {
  return 2 * windowMs + deadAfterMs;
}

/** Redis has forgotten those that have been lost for longer. */
function reservedFor(members: ReadonlyMap<string, Member>, live: number, { limit }: Limit): number {
  return (members.size - live) * Math.max(1, Math.floor(limit / Math.max(1, members.size)));
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

/** Members that are long gone are forgotten. A member's value: when it was heard of, and the APIs it has called. */
const readScript = `
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
if ARGV[1] ~= '' then redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', now) .. ' ' .. ARGV[2]) end
redis.call('PEXPIRE', KEYS[2], 7200000)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[4])
local account = redis.call('HMGET', KEYS[1], 'version', 'account')
local info = redis.call('INFO', 'server')
local home, age = string.match(info, 'run_id:(%w+)'), string.match(info, 'uptime_in_seconds:(%d+)')
local reply = {now, home, age, account[1], account[2], redis.call('ZCARD', KEYS[3])}
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

/** For the total, a call counts from when it must have ended. */
const writeScript = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'account', ARGV[3])
redis.call('PEXPIRE', KEYS[1], 7200000)
for i = 1, tonumber(ARGV[4]) do redis.call('ZADD', KEYS[3], now + ARGV[5], ARGV[2] .. i) end
redis.call('PEXPIRE', KEYS[3], ARGV[5] + ARGV[6] + 60000)
if ARGV[7] ~= '' then redis.call('HSET', KEYS[2], ARGV[7], string.format('%.0f', now) .. ' ' .. ARGV[8]) end
return 1`;
