import { seal, unseal } from '../bytes/sealed-bytes.js';
import { scanKeys } from '../redis/key-scan.js';
import type { RedisLink } from '../redis/redis-link.js';
import { eventLoopTurn } from '../time/clock.js';
import { valueKey } from './shared-tier.js';

/** One entry that a value was made from. The value is void when the entry has been replaced. */
export interface Fence {
  keyHash: string;
  fence: number;
  /** True: the entry must still be there. False: the entry may be missing, but must not be newer. */
  isPresent: boolean;
}

/**
 * Values made from entries, in Redis beside the entries: `name checksum\n`, the fences and a newline, then the value. A
 * read compares the fences with the entries in the same round trip, so no value outlives an entry that it was made
 * from. The name decides on one of a fixed number of keys, and a value replaces the value of another name there: the
 * number of keys is bounded without a list of them. Used by SharedAnswers.
 */
export class FencedValues {
  /** The names asked for in this turn of the event loop. One command reads them all: a command costs as much as a hit. */
  #asked: { names: string[]; reply: Promise<readonly unknown[]> } | undefined;

  /** @param scope keeps values apart that must not replace each other, such as those of two releases. */
  constructor(
    private readonly redis: RedisLink,
    private readonly scope: string,
  ) {}

  /**
   * @param name 32 hex digits.
   * @returns undefined for no value, a void value, damaged bytes, or when Redis cannot answer.
   */
  async get(name: string): Promise<Buffer | undefined> {
    try {
      const bytes = this.redis.isCluster ? await this.#getInSteps(name) : await this.#getAtOnce(name);
      const { label, body } = (Buffer.isBuffer(bytes) && unseal(bytes, framing)) || {};
      return label === name && body ? body.subarray(body.indexOf('\n') + 1) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Never throws: a value that cannot be stored is made anew. */
  async put(name: string, fences: readonly Fence[], value: Buffer, ttlMs: number): Promise<void> {
    const marks = fences.map(({ keyHash, fence, isPresent }) => `${keyHash}${isPresent ? '=' : '<'}${fence}`);
    const bytes = seal(name, Buffer.concat([Buffer.from(`${marks.join(' ')}\n`), value]), framing);
    await this.redis
      .run((redis) => redis.set(this.#key(name), bytes, 'PX', Math.ceil(ttlMs)))
      .catch(() => undefined);
  }

  async #getAtOnce(name: string): Promise<unknown> {
    if (!this.#asked || this.#asked.names.length >= mostAtOnce) {
      const names: string[] = [];
      this.#asked = { names, reply: this.#getAll(names) };
    }
    const { names, reply } = this.#asked;
    const index = names.push(name) - 1;
    return (await reply)[index];
  }

  async #getAll(names: string[]): Promise<readonly unknown[]> {
    await eventLoopTurn();
    if (this.#asked?.names === names) this.#asked = undefined;
    const keys = names.map((name) => this.#key(name));
    const [before, after] = valueKey(this.redis, '*').split('*') as [string, string];
    return (await this.redis.run((redis) =>
      redis.callBuffer('EVAL', getScript, keys.length, ...keys, ...names, before, after),
    )) as unknown[];
  }

  /** In a cluster the entries lie on other nodes than the value. */
  async #getInSteps(name: string): Promise<Buffer | null> {
    const bytes = await this.redis.run((redis) => redis.getBuffer(this.#key(name)));
    const [, marks] = /^\S+ \S+\n([^\n]*)\n/.exec(bytes?.toString('latin1') ?? '') ?? [];
    if (marks === undefined) return null;
    const hold = await Promise.all(
      [...marks.matchAll(/(\S+)([=<])(-?\d+)/g)].map(async ([, keyHash = '', rule, fence]) => {
        const start = await this.redis.run((redis) =>
          redis.getrange(valueKey(this.redis, keyHash), 0, fenceWithinBytes),
        );
        const [, stored] = /^(\d+) /.exec(start) ?? [];
        return rule === '=' ? stored === fence : stored === undefined || Number(stored) <= Number(fence);
      }),
    );
    return hold.every(Boolean) ? bytes : null;
  }

  #key(name: string): string {
    return this.redis.key('answers', this.scope, String(parseInt(name.slice(0, 8), 16) % slots));
  }
}

/** Deletes the values of all scopes. @throws RedisUnavailable, or Redis's own error reply. */
export async function deleteFencedValues(redis: RedisLink): Promise<void> {
  for await (const keys of scanKeys(redis, redis.key('answers', '')))
    await redis.runAside((client) => Promise.all(keys.map((key) => client.del(key))));
}

/** The number of keys. With the largest value that SharedAnswers stores, values use 256 MiB of Redis at most. */
const slots = 8_192;
/** Values read with one command. */
const mostAtOnce = 32;
const framing = { coversLabel: true };
/** The fence stands at the start of an entry. */
const fenceWithinBytes = 20;

/** The names stand behind the keys, and the two parts of an entry's key at the end. A value of another type is foreign. */
const getScript = `
local before, after = ARGV[#KEYS + 1], ARGV[#KEYS + 2]
local function held(key, name)
  local value = redis.pcall('GET', key)
  if type(value) ~= 'string' then return false end
  local fences = string.match(value, '^' .. name .. ' %x+\\n([^\\n]*)\\n')
  if not fences then return false end
  for keyHash, rule, fence in string.gmatch(fences, '(%S+)([=<])(-?%d+)') do
    local start = redis.pcall('GETRANGE', before .. keyHash .. after, 0, ${fenceWithinBytes})
    local stored = type(start) == 'string' and string.match(start, '^(%d+) ')
    if rule == '=' and stored ~= fence then return false end
    if rule == '<' and stored and tonumber(stored) > tonumber(fence) then return false end
  end
  return value
end
local values = {}
for index, key in ipairs(KEYS) do values[index] = held(key, ARGV[index]) end
return values`;
