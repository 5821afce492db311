/**
 * The lease in Redis that decides which instance syncs the catalog. FleetSync starts the lease and hears when this
 * instance gets or loses it. The lease never compares the clocks of two instances.
 */
import { randomUUID } from 'node:crypto';
import { hasFields, isText, isTime, orNull } from '../../json/checks.js';
import type { RedisLink } from '../../redis/redis-link.js';
import type { Clock } from '../../time/clock.js';

/**
 * The holder's note about its own state. The holder writes the note with each beat, and the status of all instances
 * shows it.
 */
export interface LeaseNote {
  instance: string;
  error: { at: number; code: string } | null;
}

const beatEveryMs = 2_000;
/** A lease has no holder if this instance has looked all the time and seen no new beat for this long. */
const deadAfterMs = 6_000;
/**
 * The longest pause between two looks that still counts as "all the time". After a longer pause Redis was away, or
 * this process was suspended.
 */
const longestGapMs = 2 * beatEveryMs;
/** For this long no other instance takes a missing lease, because Redis may have restarted without its data. */
const leftToHolderMs = 3_000;
/** Redis deletes an abandoned lease after this time. No decision depends on the time. */
const keepMs = 24 * 3_600_000;

/**
 * The holder writes a new beat every two seconds. An instance that sees the same beat for six seconds by its own
 * clock takes over. The token is a fence: Redis accepts a write of the log only with the token that the lease holds
 * at that moment. So an instance that has lost the lease without noticing can do no harm.
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
    private readonly ownNote: () => LeaseNote,
    private readonly listener: {
      held(): void;
      lost(): void;
      /** This instance holds the lease, but Redis has lost the log. */
      logIsGone(): void;
    },
  ) {}

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** The holder's last note. */
  get note(): LeaseNote | null {
    return this.#isHeld ? this.ownNote() : this.#note;
  }

  start(): void {
    void this.#tick();
  }

  /** The log has refused the token of this instance. */
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
    // If this instance closed meanwhile, no instance writes beats, and another instance takes over in six seconds.
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

  /** Reads `#isClosed` again: `close` may have run while Redis answered. */
  #hasEnded(): boolean {
    return this.#isClosed;
  }

  #nextValue(): string {
    this.#beat += 1;
    return `${this.token} ${this.#beat} ${JSON.stringify(this.ownNote())}`;
  }
}

const released = 'released';

const isNote = hasFields({
  instance: isText,
  error: orNull(hasFields({ at: isTime, code: isText })),
});

function noteIn(value: string | null): LeaseNote | null {
  const json = /^\S+ \d+ (.*)$/s.exec(value ?? '')?.[1];
  try {
    const note = json === undefined ? null : (JSON.parse(json) as LeaseNote);
    return isNote(note) ? note : null;
  } catch {
    return null;
  }
}

/** A missing lease still belongs to its last holder: Redis lost it, and no other instance has taken it. */
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
