/**
 * Brings the replica of this instance up to the newest version of the log: applies the missing changes, or loads
 * a base. SharedLog uses the reader to follow the log and before it begins to write. The reader never writes to
 * Redis.
 */
import type { Clock } from '../../time/clock.js';
import type { Log } from '../../telemetry/log.js';
import type { Head, StoredBase } from './log-forms.js';
import { loadNothing, type Replica } from './replica.js';
import { Unreadable } from './stored-bases.js';
import type { StoredLog } from './stored-log.js';

/** If an instance lacks more changes than this, it loads the newest base instead. The base takes less time. */
export const mostChanges = 1_000;

export class LogReader {
  constructor(
    private readonly stored: StoredLog,
    private readonly replica: Replica,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * @returns the head that the replica has reached; null when there is no log.
   * @throws RedisUnavailable; Unreadable when there is a log that cannot be read.
   */
  async catchUp(): Promise<Head | null> {
    const head = await this.stored.head();
    if (head) await this.#reach(head);
    this.replica.replay.reached();
    return head;
  }

  async #reach(head: Head): Promise<void> {
    const { store } = this.replica;
    if (head.version < 0) throw new Unreadable('the head of the catalog');
    if (head.epoch === store.epoch && head.version === store.version) return;
    if (head.epoch === store.epoch && head.version > store.version && (await this.#applyUpTo(head))) return;
    await this.#load(head);
  }

  /** @returns false when a change is missing or damaged, or when loading a base takes less time. */
  async #applyUpTo({ epoch, version, bases }: Head): Promise<boolean> {
    const { store } = this.replica;
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
    this.replica.replay.begin();
    // Changes are deleted when a second base is written. Until then the catalog can be replayed from change 1.
    const isWhole = head.bases.length < 2 && (await this.stored.change(epoch, 1)) !== undefined;
    const starts: (StoredBase | null)[] = isWhole ? [...head.bases, null] : head.bases;
    for (const base of starts) {
      try {
        await (base ? this.#loadBase(epoch, base) : loadNothing(this.replica, epoch, this.clock));
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
    const { summary, snapshot, history } = found;
    await this.replica.load(epoch, snapshot, { ...summary, history });
  }
}
