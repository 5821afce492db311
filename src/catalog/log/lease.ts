import { randomUUID } from 'node:crypto';
import type { RedisLink } from '../../redis/redis-link.js';
import type { Clock } from '../../time/clock.js';

/** What the holder tells with each beat. */
export interface LeaseNote {
  instance: string;
  error: { at: number; code: string } | null;
}

const beatEveryMs = 2_000;
/** A lease that has not beaten for this long, while we looked all the time, is without a holder. */
const deadAfterMs = 6_000;
/** Looks further apart than this are not "all the time": Redis was away, or this process stood still. */
const longestGapMs = 2 * beatEveryMs;
/** A lease that is not there is left to its holder for this long: Redis may have come back empty. */
const leftToHolderMs = 3_000;
/** Collects garbage only. */
const keepMs = 24 * 3_600_000;

/**
 * Who syncs. No clock but our own is asked: the holder writes a new beat every two seconds, and whoever sees the same
 * beat for six seconds takes over. Its token fences: Redis takes a write of the log only under the token that the lease
 * holds at that moment, so a holder that was away and does not know it can harm nothing.
 */
export class Lease {
  readonly token = randomUUID();
  #isHeld = false;
  #beat = 0;
  #seen: { value: string | null; since: number; lookedAt: number } | undefined;
  #cancel: (() => void) | undefined;
  #isClosed = false;
  #note: LeaseNote | null = null;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly key: string,
    private readonly headKey: string,
    private readonly tell: () => LeaseNote,
    private readonly listener: {
      held(): void;
      lost(): void;
      /** Held, but Redis does not have the log any more. */
      logIsGone(): void;
    },
  ) {}

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** What its holder told last. */
  get note(): LeaseNote | null {
    return this.#isHeld ? this.tell() : this.#note;
  }

  start(): void {
    void this.#tick();
  }

  /** The log has refused our token. */
  refused(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#seen = undefined;
    this.listener.lost();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    if (!this.#isHeld) return;
    this.#isHeld = false;
    await this.redis
      .run((redis) => redis.eval(releaseScript, 1, this.key, this.token, keepMs))
      .catch(() => undefined);
  }

  async #tick(): Promise<void> {
    await (this.#isHeld ? this.#renew() : this.#look()).catch(() => undefined);
    if (!this.#isClosed) this.#cancel = this.clock.after(beatEveryMs, () => void this.#tick());
  }

  async #renew(): Promise<void> {
    const [isOurs, hasLog] = (await this.redis.run((redis) =>
      redis.eval(renewScript, 2, this.key, this.headKey, this.token, this.#nextValue(), keepMs),
    )) as [number, number];
    if (this.#isClosed) return;
    if (isOurs === 0) this.refused();
    else if (hasLog === 0) this.listener.logIsGone();
  }

  async #look(): Promise<void> {
    const value = await this.redis.run((redis) => redis.get(this.key));
    if (this.#isClosed) return;
    const now = this.clock.monotonic();
    this.#note = noteIn(value);
    if (!this.#mayTake(value, now)) return;
    const taken = await this.redis.run((redis) =>
      redis.eval(takeScript, 1, this.key, value ?? '', this.#nextValue(), keepMs),
    );
    // Closed meanwhile: nobody beats it, so others take it over.
    if (taken !== 1 || this.#hasEnded()) return;
    this.#isHeld = true;
    this.listener.held();
  }

  #mayTake(value: string | null, now: number): boolean {
    const before = this.#seen;
    const goesOn = before?.value === value && now - before.lookedAt <= longestGapMs;
    this.#seen = { value, since: goesOn ? before.since : now, lookedAt: now };
    if (value === released) return true;
    return now - this.#seen.since >= (value === null ? leftToHolderMs : deadAfterMs);
  }

  /** Much can have happened while Redis was asked. */
  #hasEnded(): boolean {
    return this.#isClosed;
  }

  #nextValue(): string {
    this.#beat += 1;
    return `${this.token} ${this.#beat} ${JSON.stringify(this.tell())}`;
  }
}

const released = 'released';

function noteIn(value: string | null): LeaseNote | null {
  const json = /^\S+ \d+ (.*)$/s.exec(value ?? '')?.[1];
  try {
    return json === undefined ? null : (JSON.parse(json) as LeaseNote);
  } catch {
    return null;
  }
}

/** Of a lease that is gone nobody else was the holder: it is ours still. */
const renewScript = `
local lease = redis.call('GET', KEYS[1])
if lease and string.match(lease, '^%S+') ~= ARGV[1] then return {0, 0} end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return {1, redis.call('HEXISTS', KEYS[2], 'epoch')}`;

const takeScript = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

const releaseScript = `
local lease = redis.call('GET', KEYS[1])
if lease and string.match(lease, '^%S+') == ARGV[1] then redis.call('SET', KEYS[1], '${released}', 'PX', ARGV[2]) end`;
