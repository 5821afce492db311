import { randomUUID } from 'node:crypto';
import { parseJson, stringifyJson } from '../../json/lossless.js';
import { RedisUnavailable, type RedisLink } from '../../redis/redis-link.js';
import type { CatalogList, ChangeSet, SyncState } from '../model/change-set.js';
import { encodeForLog, decodeFromLog } from './log-codec.js';

/** Where a base lies: `chunks` keys of a snapshot and one that says what they are together. */
export interface StoredBase {
  id: string;
  version: number;
  chunks: number;
  bytes: number;
  /** Wall time in ms. */
  at: number;
}

export interface Head {
  epoch: string;
  version: number;
  /** The newest first; the one before it is kept with what came after it, in case the newest cannot be read. */
  bases: StoredBase[];
  /** Of the changes after the newest base, as stored. */
  changeBytes: number;
}

/** All of a base but what the store makes of it. */
export interface BaseSummary {
  version: number;
  at: number;
  sync: SyncState;
  seen: Record<CatalogList, string[]>;
}

/**
 * `fenced`: the lease is somebody else's. `unheld`: Redis has come back empty, and the lease is not renewed yet. `gone`:
 * Redis has lost the log. `conflict`: it is not at the version before.
 */
export type Written = 'ok' | 'fenced' | 'unheld' | 'gone' | 'conflict';

/** More changes than this never lie between two bases. */
const mostChangesAtOnce = 10_000;
/** Longer than any pause between two bases: what is still used is written anew before. */
const keepMs = 8 * 24 * 3_600_000;

/** The log as it lies in Redis: a head, bases in chunks, one key for each change. Everything under one hash tag. */
export class StoredLog {
  readonly leaseKey: string;
  readonly headKey: string;
  /** Where new versions are made known. */
  readonly channel: string;
  /** Bases whose last answer was lost: the head may name them. */
  #unsure: StoredBase[] = [];

  /** @param scope keeps the catalogs of other projects apart that share this Redis. No secrets. */
  constructor(
    private readonly redis: RedisLink,
    private readonly scope: string,
  ) {
    this.leaseKey = this.#key('lease');
    this.headKey = this.#key('head');
    this.channel = this.#key('news');
  }

  /** @returns null when there is no log. @throws RedisUnavailable, or Redis's own error reply; so do all others. */
  async head(): Promise<Head | null> {
    const [epoch, version, bases, bytes] = await this.redis.runAside((redis) =>
      redis.hmget(this.headKey, 'epoch', 'version', 'bases', 'changeBytes'),
    );
    if (epoch == null || version == null) return null;
    return {
      epoch,
      version: Number(version),
      bases: basesIn(bases),
      changeBytes: Number(bytes ?? 0),
    };
  }

  /** @returns undefined when it is not there, or cannot be read. */
  async change(epoch: string, version: number): Promise<ChangeSet | undefined> {
    const bytes = await this.redis.runAside((redis) => redis.getBuffer(this.#changeKey(epoch, version)));
    const text = await decodeFromLog(bytes);
    return text && (parseJson(text.toString()) as ChangeSet);
  }

  /** A reply that was lost does no harm: the same change may be written again. */
  async append(token: string, epoch: string, changes: ChangeSet): Promise<Written> {
    const bytes = await encodeForLog(Buffer.from(stringifyJson(changes)));
    const { version } = changes;
    const keys = [this.leaseKey, this.headKey, this.#changeKey(epoch, version)];
    return (await this.redis.runAside((redis) =>
      redis.eval(appendScript, 3, ...keys, token, epoch, version, bytes, keepMs, this.channel),
    )) as Written;
  }

  /**
   * Writes a base, in place of whatever log is there.
   * @param snapshot what a store is loaded from.
   * @param before the head that it follows; null when there must be none.
   */
  async writeBase(
    token: string,
    epoch: string,
    summary: BaseSummary,
    snapshot: AsyncIterable<Buffer>,
    before: Head | null,
  ): Promise<Written> {
    const { version, at } = summary;
    const base: StoredBase = { id: randomUUID().slice(0, 8), version, chunks: 0, bytes: 0, at };
    const goesOn = before?.epoch === epoch;
    // Undefined: nobody knows.
    let isNamed: boolean | undefined = false;
    let written: Written;
    await this.#deleteUnused(before);
    try {
      for await (const chunk of snapshot) {
        base.bytes += await this.#put(base.id, String(base.chunks), chunk);
        base.chunks += 1;
      }
      base.bytes += await this.#put(base.id, 'summary', Buffer.from(stringifyJson(summary)));
      const bases = goesOn ? [base, ...before.bases.slice(0, 1)] : [base];
      isNamed = undefined;
      written = (await this.redis.runAside((redis) =>
        redis.eval(
          baseScript,
          2,
          ...[this.leaseKey, this.headKey, token, before?.epoch ?? '', before?.version ?? ''],
          ...[epoch, version, JSON.stringify(bases), keepMs, this.channel],
        ),
      )) as Written;
      isNamed = written === 'ok';
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) isNamed = false;
      throw error;
    } finally {
      if (isNamed === undefined) this.#unsure.push(base);
      // A Redis that is full must not be filled with what nobody will read.
      else if (!isNamed) await this.#delete(this.#keysOf(base));
    }
    if (written === 'ok' && before) await this.#forget(before, goesOn ? 1 : 0);
    return written;
  }

  /** @returns undefined when it cannot be read; its snapshot may still turn out not to be: it throws Unreadable. */
  async base({
    id,
    chunks,
  }: StoredBase): Promise<{ summary: BaseSummary; snapshot: AsyncIterable<Buffer> } | undefined> {
    const summary = await this.#read(id, 'summary');
    if (summary === undefined) return undefined;
    const read = async (chunk: number) => {
      const bytes = await this.#read(id, String(chunk));
      if (!bytes) throw new Unreadable(`chunk ${chunk} of base ${id}`);
      return bytes;
    };
    async function* snapshot(): AsyncGenerator<Buffer> {
      let ahead: Promise<Buffer> | undefined;
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        const bytes = await (ahead ?? read(chunk));
        // The next one is on its way while this one is taken over.
        ahead = chunk + 1 < chunks ? read(chunk + 1) : undefined;
        ahead?.catch(() => undefined);
        yield bytes;
      }
    }
    return { summary: parseJson(summary.toString()) as BaseSummary, snapshot: snapshot() };
  }

  async #read(id: string, name: string): Promise<Buffer | undefined> {
    return decodeFromLog(await this.redis.runAside((redis) => redis.getBuffer(this.#baseKey(id, name))));
  }

  async #put(id: string, name: string, bytes: Buffer): Promise<number> {
    const sealed = await encodeForLog(bytes);
    await this.redis.runAside((redis) => redis.set(this.#baseKey(id, name), sealed, 'PX', keepMs));
    return sealed.length;
  }

  async #deleteUnused(head: Head | null): Promise<void> {
    const unsure = this.#unsure;
    this.#unsure = [];
    const isUsed = (base: StoredBase) => head?.bases.some(({ id }) => id === base.id) ?? false;
    await this.#delete(unsure.filter((base) => !isUsed(base)).flatMap((base) => this.#keysOf(base)));
  }

  /** What no base that is kept needs. */
  async #forget({ epoch, bases, version }: Head, kept: 0 | 1): Promise<void> {
    const forgotten = bases.slice(kept);
    const upTo = kept === 0 ? version : (bases[0]?.version ?? 0);
    const from = Math.max(forgotten.at(-1)?.version ?? 0, upTo - mostChangesAtOnce);
    await this.#delete([
      ...forgotten.flatMap((base) => this.#keysOf(base)),
      ...Array.from({ length: upTo - from }, (_, index) => this.#changeKey(epoch, from + index + 1)),
    ]);
  }

  /** Not being able to is no harm: keys end by themselves. */
  async #delete(keys: string[]): Promise<void> {
    while (keys.length > 0) {
      const some = keys.splice(0, 100);
      await this.redis.runAside((redis) => redis.del(...some)).catch(() => undefined);
    }
  }

  #keysOf({ id, chunks }: StoredBase): string[] {
    const names = Array.from({ length: chunks + 1 }, (_, chunk) => String(chunk));
    return ['summary', ...names].map((name) => this.#baseKey(id, name));
  }

  #changeKey(epoch: string, version: number): string {
    return this.#key('change', epoch, String(version));
  }

  #baseKey(id: string, name: string): string {
    return this.#key('base', id, name);
  }

  #key(...parts: string[]): string {
    return this.redis.key('catalog', `{${this.scope}}`, ...parts);
  }
}

/** None can be read when what names them cannot. */
function basesIn(text: string | null | undefined): StoredBase[] {
  try {
    return JSON.parse(text ?? '[]') as StoredBase[];
  } catch {
    return [];
  }
}

/** Something in Redis that was ours, and is damaged or gone. */
export class Unreadable extends Error {
  constructor(what: string) {
    super(`Unreadable in Redis: ${what}`);
    this.name = 'Unreadable';
  }
}

const held = `
local lease = redis.call('GET', KEYS[1])
if not lease then return 'unheld' end
if string.match(lease, '^%S+') ~= ARGV[1] then return 'fenced' end
local head = redis.call('HMGET', KEYS[2], 'epoch', 'version')`;

/** Under our token nobody else writes: what is already at the new version is this very change. */
const appendScript = `${held}
if not head[1] then return 'gone' end
if head[1] ~= ARGV[2] then return 'conflict' end
if head[2] == ARGV[3] then return 'ok' end
if tonumber(head[2]) + 1 ~= tonumber(ARGV[3]) then return 'conflict' end
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
redis.call('HSET', KEYS[2], 'version', ARGV[3])
redis.call('HINCRBY', KEYS[2], 'changeBytes', #ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PUBLISH', ARGV[6], ARGV[3])
return 'ok'`;

const baseScript = `${held}
if (head[1] or '') ~= ARGV[2] or (head[2] or '') ~= ARGV[3] then
  if head[1] == ARGV[4] and string.find(redis.call('HGET', KEYS[2], 'bases') or '', ARGV[6], 1, true) == 1 then return 'ok' end
  return 'conflict'
end
redis.call('HSET', KEYS[2], 'epoch', ARGV[4], 'version', ARGV[5], 'bases', ARGV[6], 'changeBytes', 0)
redis.call('PEXPIRE', KEYS[2], ARGV[7])
redis.call('PUBLISH', ARGV[8], ARGV[5])
return 'ok'`;
