/**
 * The catalog's log in Redis: a head, bases in chunks, and one key for each change, all under one hash tag. SharedLog
 * writes through StoredLog, and LogReader reads through it. StoredLog does not know the state of the catalog.
 */
import { randomUUID } from 'node:crypto';
import { stringifyJson } from '../../json/lossless.js';
import { RedisUnavailable } from '../../redis/redis-errors.js';
import type { RedisLink } from '../../redis/redis-link.js';
import type { ChangeSet } from '../model/change-set.js';
import { CursorKey } from '../model/cursor-key.js';
import { encodeForLog, decodeFromLog } from './log-codec.js';
import { readChangeSet, readHead, type BaseSummary, type Head, type StoredBase } from './log-forms.js';
import { appendScript, baseScript, cursorKeyScript } from './log-scripts.js';
import { StoredBases, type LoadedBase } from './stored-bases.js';

/**
 * Redis's answer to a write. `fenced`: another instance has the lease. `unheld`: Redis has come back empty and
 * the holder has not renewed the lease yet. `gone`: Redis has lost the log. `conflict`: the log is not at the
 * version before.
 */
export type WriteResult = 'ok' | 'fenced' | 'unheld' | 'gone' | 'conflict';

/** The largest number of changes between two bases. */
const mostChangesAtOnce = 10_000;
/** Keys live longer than any pause between two bases: a new base replaces a base in use before its keys expire. */
const keepMs = 8 * 24 * 3_600_000;
/** Longer than a log is kept that nobody writes any more. */
const keepHeirMs = 4 * keepMs;

export class StoredLog {
  readonly leaseKey: string;
  readonly headKey: string;
  /** Redis channel that announces new versions. */
  readonly channel: string;
  readonly #bases: StoredBases;
  /** Bases whose write got no answer. The head may or may not name such a base. */
  #unsure: StoredBase[] = [];
  /** Keys that Redis has not deleted yet. They can hold what was purged. */
  #undeleted: string[] = [];

  /**
   * @param scope keeps the catalogs of different projects in one Redis apart. No secrets.
   * @param cursorKey becomes the key in the head of the log, or adopts that key.
   */
  constructor(
    private readonly redis: RedisLink,
    private readonly scope: string,
    private readonly cursorKey = new CursorKey(),
  ) {
    this.leaseKey = this.#key('lease');
    this.headKey = this.#key('head');
    this.channel = this.#key('news');
    this.#bases = new StoredBases(redis, (...parts) => this.#key('base', ...parts), keepMs);
  }

  /**
   * @returns null when there is no log.
   * @throws RedisUnavailable or Redis's own error reply, like all methods here.
   */
  async head(): Promise<Head | null> {
    const [cursorKey, ...fields] = await this.redis.runAside((redis) =>
      redis.hmget(this.headKey, 'cursorKey', 'epoch', 'version', 'bases', 'changeBytes'),
    );
    const head = readHead(fields);
    if (head && !this.cursorKey.adopt(cursorKey ?? '')) await this.#proposeCursorKey(cursorKey ?? '');
    return head;
  }

  /** @returns undefined when the change is missing or cannot be read. */
  async change(epoch: string, version: number): Promise<ChangeSet | undefined> {
    const bytes = await this.redis.runAside((redis) => redis.getBuffer(this.#changeKey(epoch, version)));
    return readChangeSet(await decodeFromLog(bytes));
  }

  /** @returns undefined when the summary cannot be read. The snapshot throws Unreadable for a damaged chunk. */
  base(base: StoredBase): Promise<LoadedBase | undefined> {
    return this.#bases.read(base);
  }

  /** A lost answer does no harm: the same change may be written again. */
  async append(token: string, epoch: string, changes: ChangeSet): Promise<WriteResult> {
    const bytes = await encodeForLog(Buffer.from(stringifyJson(changes)));
    const { version } = changes;
    const keys = [this.leaseKey, this.headKey, this.#changeKey(epoch, version)];
    return (await this.redis.runAside((redis) =>
      redis.eval(appendScript, 3, ...keys, token, epoch, version, bytes, keepMs, this.channel),
    )) as WriteResult;
  }

  /**
   * Writes a base, which replaces the log of the head `before`.
   * @param content the bytes that a store is loaded from, and the changes that have led to them.
   * @param before the present head; null when Redis must have no log. `isAlone`: no former base is kept.
   */
  async writeBase(
    token: string,
    epoch: string,
    summary: BaseSummary,
    content: Pick<LoadedBase, 'snapshot' | 'history'>,
    { before, isAlone }: { before: Head | null; isAlone: boolean },
  ): Promise<WriteResult> {
    const { version, at } = summary;
    const base: StoredBase = { id: randomUUID().slice(0, 8), version, chunks: 0, bytes: 0, at };
    const keepsFormer = before?.epoch === epoch && !isAlone;
    // Whether the head names the base. Undefined: not known, as Redis's answer is lost.
    let isNamed: boolean | undefined = false;
    let written: WriteResult;
    await this.#deleteUnused(before);
    try {
      await this.#bases.write(base, summary, content);
      const bases = keepsFormer ? [base, ...before.bases.slice(0, 1)] : [base];
      const expected = [before?.epoch ?? '', before?.versionText ?? ''];
      const next = [epoch, version, JSON.stringify(bases), keepMs, this.channel, this.cursorKey.text];
      isNamed = undefined;
      written = (await this.redis.runAside((redis) =>
        redis.eval(baseScript, 2, this.leaseKey, this.headKey, token, ...expected, ...next),
      )) as WriteResult;
      isNamed = written === 'ok';
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) isNamed = false;
      throw error;
    } finally {
      if (isNamed === undefined) this.#unsure.push(base);
      // Unused bases must not fill up Redis.
      else if (!isNamed) await this.#delete(this.#bases.keysOf(base));
    }
    if (written === 'ok' && before) await this.#forget(before, keepsFormer ? 1 : 0);
    return written;
  }

  /**
   * Names the one scope that may take this log over.
   * @returns whether `heir` is this scope.
   */
  async leaveTo(heir: string): Promise<boolean> {
    const key = this.#key('heir');
    await this.redis.runAside((redis) => redis.set(key, heir, 'PX', keepHeirMs, 'NX'));
    return (await this.redis.runAside((redis) => redis.get(key))) === heir;
  }

  /** The log has no key yet, or a damaged one: the instance that comes first sets the key of all. */
  async #proposeCursorKey(found: string): Promise<void> {
    const text = await this.redis.runAside((redis) =>
      redis.eval(cursorKeyScript, 1, this.headKey, found, this.cursorKey.text),
    );
    this.cursorKey.adopt(String(text));
  }

  async #deleteUnused(head: Head | null): Promise<void> {
    const unsure = this.#unsure;
    this.#unsure = [];
    const isUsed = (base: StoredBase) => head?.bases.some(({ id }) => id === base.id) ?? false;
    const keys = unsure.filter((base) => !isUsed(base)).flatMap((base) => this.#bases.keysOf(base));
    await this.#delete([...this.#undeleted.splice(0), ...keys]);
  }

  /** Deletes the older bases of a former head and the changes that no kept base needs. */
  async #forget({ epoch, bases, version }: Head, kept: 0 | 1): Promise<void> {
    const forgotten = bases.slice(kept);
    const upTo = kept === 0 ? version : (bases[0]?.version ?? 0);
    const from = Math.max(forgotten.at(-1)?.version ?? 0, upTo - mostChangesAtOnce);
    await this.#delete([
      ...forgotten.flatMap((base) => this.#bases.keysOf(base)),
      ...Array.from({ length: upTo - from }, (_, index) => this.#changeKey(epoch, from + index + 1)),
    ]);
  }

  /** Keys that cannot be deleted now are deleted with the next base. They expire in any case. */
  async #delete(keys: string[]): Promise<void> {
    while (keys.length > 0) {
      const some = keys.splice(0, 100);
      await this.redis.runAside((redis) => redis.del(...some)).catch(() => this.#undeleted.push(...some));
    }
  }

  #changeKey(epoch: string, version: number): string {
    return this.#key('change', epoch, String(version));
  }

  #key(...parts: string[]): string {
    return this.redis.key('catalog', `{${this.scope}}`, ...parts);
  }
}
