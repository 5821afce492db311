import { randomUUID } from 'node:crypto';
import { isOfRedis } from '../../redis/redis-link.js';
import { sleep, type Clock } from '../../time/clock.js';
import type { Log } from '../../telemetry/log.js';
import { notSynced, type ChangeSet } from '../model/change-set.js';
import { Fenced, type CatalogLog } from './catalog-log.js';
import { nothing } from './memory-log.js';
import type { Replica } from './replica.js';
import { Unreadable, type Head, type StoredBase, type StoredLog, type Written } from './stored-log.js';

/** A base is written anew when what came after it is longer than this and than this share of it: taking over steps costs more, */
const leastBytes = 1024 * 1024;
const longestShare = 1 / 8;
/** or more steps than this, since each is a question for whoever starts, */
const mostChanges = 1_000;
/** or when it is older than this: Redis forgets what nobody writes. */
const oldestMs = 24 * 3_600_000;
/** Between two tries while Redis is away. */
const pauseMs = 500;

/** Nobody holds the lease at the moment: its holder will have renewed it soon. */
class Unheld extends Error {}

/**
 * The log in Redis as one instance uses it: it follows what others write, or writes, while it holds the lease. One step
 * at a time, whichever it is.
 */
export class SharedLog implements CatalogLog {
  #turn: Promise<unknown> = Promise.resolve();
  #isWriter = false;
  /** What this instance wrote last: only then nobody can have seen a later version. */
  #lastWritten: string | undefined;

  constructor(
    private readonly stored: StoredLog,
    private readonly replica: Replica,
    private readonly token: () => string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly closing: AbortSignal,
  ) {}

  /** Catches up with what others wrote. @throws RedisUnavailable; Unreadable when there is a log that cannot be read. */
  follow(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isWriter) await this.#catchUp();
    });
  }

  /** Another instance found the base damaged: this one writes it anew. */
  mend(): Promise<void> {
    return this.#inTurn(() =>
      this.#persist(async () => {
        const head = this.#isWriter ? await this.stored.head() : null;
        if (head) await this.#writeBase(head);
      }),
    );
  }

  /** Somebody else writes from here on. */
  stopWriting(): void {
    this.#isWriter = false;
  }

  begin(): Promise<void> {
    return this.#inTurn(() => this.#persist(() => this.#begin()));
  }

  commit(changes: ChangeSet): Promise<void> {
    return this.#inTurn(() => this.#persist(() => this.#commit(changes)));
  }

  /** Redis has come back empty: everything is written again from here, so that nothing is walked again. */
  restore(): Promise<void> {
    return this.#inTurn(() =>
      this.#persist(async () => {
        if (this.#isWriter && (await this.stored.head()) === null) await this.#writeBase(null);
      }),
    );
  }

  async #begin(): Promise<void> {
    this.#isWriter = false;
    const { store } = this.replica;
    let head = await this.stored.head();
    try {
      if (head) head = await this.#catchUp();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.log.error({ reason: error.message }, 'Catalog: its log cannot be read; it is begun anew');
    }
    this.#isWriter = true;
    if (head && head.epoch === store.epoch && head.version === store.version) return;
    // Others may have seen what this instance has not: their versions are not ours.
    const isOurs = head === null && store.version > 0 && this.#lastWritten === this.#position;
    if (!isOurs) await this.#beginEpoch();
    await this.#writeBase(head);
  }

  async #commit(changes: ChangeSet): Promise<void> {
    if (!this.#isWriter) throw new Fenced();
    const written = await this.stored.append(this.token(), this.replica.store.epoch, changes);
    if (written === 'gone') {
      await this.#writeBase(null);
      return this.#commit(changes);
    }
    if (written !== 'ok') throw this.#refusal(written);
    try {
      await this.replica.apply(changes);
    } catch (error) {
      // The log is ahead of this instance by now: another step of the same version must not be written.
      this.log.error({ err: error }, 'Catalog: a step that was written cannot be taken over');
      this.#isWriter = false;
      throw new Fenced();
    }
    this.#lastWritten = this.#position;
    await this.#compact().catch((error: unknown) => {
      if (error instanceof Fenced) throw error;
      // The next step tries again.
    });
  }

  async #compact(): Promise<void> {
    const head = await this.stored.head();
    if (!head) return;
    const [base] = head.bases;
    const changes = head.version - (base?.version ?? 0);
    const isLong = head.changeBytes > Math.max(leastBytes, (base?.bytes ?? 0) * longestShare);
    const isOld = base !== undefined && this.clock.now() - base.at > oldestMs;
    if (isLong || isOld || changes > mostChanges) await this.#writeBase(head);
  }

  async #writeBase(before: Head | null): Promise<void> {
    const { store, seen } = this.replica;
    const { epoch, version, changedAt, sync } = store;
    const summary = {
      ...{ version, at: changedAt, sync },
      seen: { registry: [...seen.registry], local: [...seen.local] },
    };
    const written = await this.stored.writeBase(this.token(), epoch, summary, store.snapshot(), before);
    if (written !== 'ok') throw this.#refusal(written);
    this.#lastWritten = this.#position;
  }

  /** The same state under another epoch; a new one when there is none. */
  async #beginEpoch(): Promise<void> {
    if (this.replica.store.version > 0) this.replica.beginEpoch(randomUUID());
    else await this.#loadNothing(randomUUID());
  }

  /** @returns the head that was reached; null when there is none. */
  async #catchUp(): Promise<Head | null> {
    const { store } = this.replica;
    const head = await this.stored.head();
    if (!head || (head.epoch === store.epoch && head.version === store.version)) return head;
    if (head.epoch === store.epoch && head.version > store.version && (await this.#applyUpTo(head)))
      return head;
    await this.#load(head);
    return head;
  }

  /** @returns false when a step is missing or damaged. */
  async #applyUpTo({ epoch, version, bases }: Head): Promise<boolean> {
    const { store } = this.replica;
    // It would take longer than the base.
    if (version - store.version > mostChanges && (bases[0]?.version ?? 0) > store.version) return false;
    while (store.version < version) {
      const changes = await this.stored.change(epoch, store.version + 1);
      if (!changes) return false;
      await this.replica.apply(changes);
    }
    return true;
  }

  async #load(head: Head): Promise<void> {
    const { epoch } = head;
    // The log reaches back to the beginning until what came before the base before the newest one is forgotten.
    const isWhole = head.bases.length < 2 && (await this.stored.change(epoch, 1)) !== undefined;
    for (const base of [...head.bases, ...(isWhole ? [null] : [])]) {
      try {
        await (base ? this.#loadBase(epoch, base) : this.#loadNothing(epoch));
        if (await this.#applyUpTo({ ...head, bases: [] })) return;
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        this.log.error({ reason: error.message }, 'Catalog: a base cannot be read');
      }
    }
    throw new Unreadable(`version ${head.version} of the catalog`);
  }

  async #loadBase(epoch: string, base: StoredBase): Promise<void> {
    const found = await this.stored.base(base);
    if (!found) throw new Unreadable(`the summary of base ${base.id}`);
    await this.replica.load(epoch, found.snapshot, found.summary);
  }

  async #loadNothing(epoch: string): Promise<void> {
    const seen = { registry: [], local: [] };
    await this.replica.load(epoch, nothing(), { version: 0, at: this.clock.now(), sync: notSynced, seen });
  }

  #refusal(written: Written): Error {
    if (written === 'unheld') return new Unheld();
    this.#isWriter = false;
    return new Fenced();
  }

  get #position(): string {
    const { epoch, version } = this.replica.store;
    return `${epoch} ${version}`;
  }

  /** Again until Redis takes it. */
  async #persist(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        if (!isOfRedis(error) && !(error instanceof Unheld)) throw error;
        this.closing.throwIfAborted();
        await sleep(this.clock, pauseMs, this.closing);
      }
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
