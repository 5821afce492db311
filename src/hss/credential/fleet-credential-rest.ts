import { randomUUID } from 'node:crypto';
import type { RedisLink } from '../../redis/redis-link.js';
import { Reply } from '../../redis/reply.js';
import { sleep, type Clock } from '../../time/clock.js';
import {
  CredentialResting,
  LocalCredentialRests,
  restMs,
  type CredentialRests,
  type Sharers,
} from './credential-rest.js';

/**
 * Counts a credential's refusals for the whole fleet, and lets only one call of the fleet try the credential at a
 * time. One Redis hash holds `count` (refusals in a row), `restsUntil`, `holder` and `heldUntil`, all on Redis's
 * clock. When Redis fails, each process counts for itself, one refusal is enough for a rest, and the instances of a large
 * fleet rest in turns.
 */
export class FleetCredentialRests implements CredentialRests {
  readonly #local: LocalCredentialRests;
  readonly #holder = randomUUID();
  readonly #key: string;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    /** Identifies the credential: a changed credential has another Redis key, which ends the rest early. */
    credentialFingerprint: string,
    /** The longest duration of one try. */
    private readonly tryMs: number,
    /** Who shares the tries while Redis is away. */
    sharers: Sharers,
  ) {
    this.#local = new LocalCredentialRests(clock, sharers);
    this.#key = redis.key('credential', credentialFingerprint);
  }

  async acquire(signal: AbortSignal): Promise<void> {
    for (;;) {
      const [verdict, waitMs] = await this.#run(acquireScript, this.#holder, this.tryMs + 1_000, restMs);
      if (verdict === 'resting') throw new CredentialResting(this.clock.now() + waitMs);
      if (verdict === 'granted') return;
      if (verdict === undefined) return this.#local.acquire();
      await sleep(this.clock, Math.min(waitMs, pollMs), signal);
    }
  }

  async accepted(): Promise<void> {
    await Promise.all([this.#local.accepted(), this.#run(acceptedScript)]);
  }

  async refused(excused: boolean): Promise<number | null> {
    // The refusal is also counted in this process. If Redis fails next, the process does not start from zero.
    const localRest = await this.#local.refused(excused);
    const [verdict, waitMs] = await this.#run(refusedScript, this.#holder, refusalsBeforeRest, restMs);
    if (verdict === undefined) return localRest;
    return verdict === 'resting' ? this.clock.now() + waitMs : null;
  }

  async released(): Promise<void> {
    await this.#run(releasedScript, this.#holder);
  }

  async #run(
    script: string,
    ...args: (string | number)[]
  ): Promise<[verdict: string | undefined, waitMs: number]> {
    try {
      const reply = new Reply(await this.redis.run((redis) => redis.eval(script, 1, this.#key, ...args)));
      return [reply.text(), reply.number()];
    } catch {
      return [undefined, 0];
    }
  }
}

/**
 * HSS locks a key after five refusals in a row. The rest starts after three, because further calls may already be
 * under way when the count is read.
 */
const refusalsBeforeRest = 3;
const pollMs = 100;

/**
 * A field that is no number, or a key that is no hash, counts as none: the count begins anew. So does a time that is
 * too far away: Redis's clock was set back.
 */
const setNow = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
if type(redis.pcall('HEXISTS', KEYS[1], 'count')) == 'table' then redis.call('DEL', KEYS[1]) end
local function number(field)
  local text = redis.call('HGET', KEYS[1], field)
  return text and string.match(text, '^%d+$') and tonumber(text) or 0
end
local function msUntil(field, longest)
  local ms = number(field) - now
  return ms > tonumber(longest) and 0 or ms
end`;
const expireInOneDay = `redis.call('PEXPIRE', KEYS[1], 86400000)`;

/** The count stays after a rest, so a single further refusal starts the next rest. */
const acquireScript = `${setNow}
local rests = msUntil('restsUntil', ARGV[3])
if rests > 0 then return {'resting', rests} end
local held = msUntil('heldUntil', ARGV[2])
if held > 0 and redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return {'busy', held} end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'heldUntil', now + ARGV[2])
${expireInOneDay}
return {'granted', 0}`;

const clearHolder = `if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'holder', 'heldUntil')
end`;

const refusedScript = `${setNow}
${clearHolder}
local count = number('count') + 1
redis.call('HSET', KEYS[1], 'count', count)
${expireInOneDay}
if count < tonumber(ARGV[2]) then return {'counted', 0} end
redis.call('HSET', KEYS[1], 'restsUntil', now + ARGV[3])
return {'resting', tonumber(ARGV[3])}`;

const acceptedScript = `redis.call('DEL', KEYS[1]) return {'forgotten', 0}`;

const releasedScript = `${clearHolder} return {'released', 0}`;
