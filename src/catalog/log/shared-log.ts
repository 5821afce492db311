/**
 * The catalog's log in Redis as one instance uses it: the instance follows the log, or writes it while it holds
 * the lease. FleetSync owns the log. All uses run one at a time.
 */
import { randomUUID } from 'node:crypto';
import { isOfRedis } from '../../redis/redis-errors.js';
import { sleep, type Clock } from '../../time/clock.js';
import type { Log } from '../../telemetry/log.js';
import type { ChangeSet } from '../model/change-set.js';
import { Fenced, type CatalogLog } from './catalog-log.js';
import type { FormerLogs } from './former-logs.js';
import type { Head } from './log-forms.js';
import { LogReader, mostChanges } from './log-reader.js';
import { loadNothing, type Replica } from './replica.js';
import { Unreadable } from './stored-bases.js';
import type { StoredLog, WriteResult } from './stored-log.js';

/**
 * A new base is due in three cases. First: the changes after the last base are longer than both limits below, so that
 * reading the changes takes longer than reading a base. Second: there are more than `mostChanges` changes, because a
 * starting instance reads each change with a request. Third: the base is older than `oldestMs`.
 */
const leastBytes = 1024 * 1024;
const longestShare = 1 / 8;
/** A new base must be written before the keys of the last one expire in Redis. */
const oldestMs = 24 * 3_600_000;
/**
 * After a purge the log is written anew after this time: one base without the purged documents, and nothing else. One
 * base serves all purges of this time.
 */
const cleanAfterMs = 15_000;
/** Pause between two tries while Redis is away. */
const pauseMs = 500;

/** Redis has no lease at the moment. The holder renews it soon. */
class Unheld extends Error {}

export class SharedLog implements CatalogLog {
  readonly #reader: LogReader;
  #lastUse: Promise<unknown> = Promise.resolve();
  #isWriter = false;
  /**
   * Epoch and version that this instance wrote last. At this position no other instance can have seen a later
   * version.
   */
  #lastWritten: string | undefined;
  #isCleaningPlanned = false;

  constructor(
    private readonly stored: StoredLog,
    private readonly replica: Replica,
    private readonly token: () => string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly closing: AbortSignal,
    private readonly former?: FormerLogs,
  ) {
    this.#reader = new LogReader(stored, replica, clock, log);
  }

  /** Catches up with the writing instance. @throws RedisUnavailable; Unreadable when the log cannot be read. */
  follow(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isWriter && !(await this.#awaitsTakeOver())) await this.#reader.catchUp();
    });
  }

  /**
   * Whether an instance that holds the lease is about to take over the log of an earlier release. Until then an empty
   * log does not mean that there is nothing to apply, and the instance is not ready.
   */
  async #awaitsTakeOver(): Promise<boolean> {
    if (!this.former || this.replica.store.version > 0) return false;
    return (await this.stored.head()) === null && (await this.former.exist());
  }

  /** Writes a new base, after another instance found the present one damaged. */
  mend(): Promise<void> {
    return this.#inTurn(() =>
      this.#persist(async () => {
        const head = this.#isWriter ? await this.stored.head() : null;
        if (head) await this.#writeBase(head);
      }),
    );
  }

  /** Called when another instance writes the log from now on. */
  stopWriting(): void {
    this.#isWriter = false;
  }

  begin(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#persist(() => this.#begin());
      // A log that nobody can read has ended: what this instance has is the catalog from now on.
      this.replica.replay.reached();
    });
  }

  commit(changes: ChangeSet): Promise<void> {
    return this.#inTurn(() => this.#persist(() => this.#commit(changes)));
  }

  /** Writes everything again after Redis has come back empty, so that no list has to be walked again. */
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
      if (head) head = await this.#reader.catchUp();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.log.error(
        { reason: error.message },
        'Catalog: the log cannot be read, so this instance begins a new log',
      );
    }
    if (!head && store.version === 0) await this.former?.takeOver();
    this.#isWriter = true;
    // The instance that took a purge over may be gone before it has cleaned the log.
    this.#planCleaning(head);
    if (head && head.epoch === store.epoch && head.version === store.version) return;
    // Other instances may have seen later versions than this one. The same version must not name two different
    // states.
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
      // The log is now ahead of this instance, which must not write another step of the same version.
      this.log.error({ err: error }, 'Catalog: a written step cannot be applied on this instance');
      this.#isWriter = false;
      throw new Fenced();
    }
    this.#lastWritten = this.#position;
    await this.#compact().catch((error: unknown) => {
      if (error instanceof Fenced) throw error;
      // A failure does no harm: the next step tries again.
    });
  }

  async #compact(): Promise<void> {
    const head = await this.stored.head();
    if (!head) return;
    this.#planCleaning(head);
    const [base] = head.bases;
    const changes = head.version - (base?.version ?? 0);
    const isLong = head.changeBytes > Math.max(leastBytes, (base?.bytes ?? 0) * longestShare);
    const isOld = base !== undefined && this.clock.now() - base.at > oldestMs;
    if (isLong || isOld || changes > mostChanges) await this.#writeBase(head);
  }

  #planCleaning(head: Head | null): void {
    if (this.#isCleaningPlanned || !head || !this.#holdsPurged(head)) return;
    this.#isCleaningPlanned = true;
    sleep(this.clock, cleanAfterMs, this.closing)
      .then(() => this.#inTurn(() => this.#persist(() => this.#clean())))
      .catch(() => undefined);
  }

  async #clean(): Promise<void> {
    this.#isCleaningPlanned = false;
    const head = this.#isWriter ? await this.stored.head() : null;
    if (head && this.#holdsPurged(head)) await this.#writeBase(head, true);
  }

  /** Whether the log has a base, or steps after a base, from before the last purge. */
  #holdsPurged({ bases }: Head): boolean {
    const purgedAt = this.replica.store.sync.purges?.version ?? 0;
    const oldest = bases.at(-1)?.version ?? 0;
    return purgedAt > oldest;
  }

  /** @param isAlone the base before this one is deleted. Otherwise it is kept, in case the new base is damaged. */
  async #writeBase(before: Head | null, isAlone = false): Promise<void> {
    const { store, seen, history } = this.replica;
    const { epoch, version, changedAt, sync } = store;
    const summary = {
      version,
      at: changedAt,
      sync,
      seen: { registry: [...seen.registry], local: [...seen.local] },
    };
    const content = { snapshot: store.snapshot(), history };
    const written = await this.stored.writeBase(this.token(), epoch, summary, content, { before, isAlone });
    if (written !== 'ok') throw this.#refusal(written);
    this.#lastWritten = this.#position;
  }

  /** Puts the present state under a new epoch, or begins an empty catalog when there is no state. */
  async #beginEpoch(): Promise<void> {
    if (this.replica.store.version > 0) this.replica.beginEpoch(randomUUID());
    else await loadNothing(this.replica, randomUUID(), this.clock);
  }

  #refusal(written: WriteResult): Error {
    if (written === 'unheld') return new Unheld();
    this.#isWriter = false;
    return new Fenced();
  }

  get #position(): string {
    const { epoch, version } = this.replica.store;
    return `${epoch} ${version}`;
  }

  /** Repeats the write until Redis takes it. */
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
    const done = this.#lastUse.then(work, work);
    this.#lastUse = done.catch(() => undefined);
    return done;
  }
}
