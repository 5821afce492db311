import type { CatalogLog } from '../log/catalog-log.js';
import type { Replica } from '../log/replica.js';
import { ChangeCommitter } from './change-committer.js';
import { ContentQueue } from './content-queue.js';
import { ContentSync } from './content-sync.js';
import type { CatalogSyncOptions } from './catalog-sync.js';
import { ConsumerReads, type ConsumerRead } from './consumer-reads.js';
import { LocalRequests, RegistryRequests } from './list-requests.js';
import { ListSync } from './list-sync.js';
import { RecentReads } from './recent-reads.js';
import type { Pace } from './schedule.js';
import { SyncFailures, type SyncFailure } from './sync-failures.js';
import { WakeSignal } from './wake-signal.js';
import { SyncLoop } from './sync-loop.js';

export type SyncSessionParts = CatalogSyncOptions & { replica: Replica; pace: Pace };

/** All that the syncing instance needs, put together; idle on the others. */
export class SyncSession {
  readonly #recent: RecentReads;
  readonly #queue: ContentQueue;
  readonly #feed: ConsumerReads;
  readonly #work: SyncLoop;
  readonly #troubles: SyncFailures;
  #isActive = false;

  constructor(
    parts: SyncSessionParts,
    private readonly log: CatalogLog,
  ) {
    const { replica, clock, pace, lifetimes } = parts;
    const { store } = replica;
    this.#recent = new RecentReads(clock);
    this.#queue = new ContentQueue(store);
    this.#troubles = new SyncFailures(clock, parts.log);
    const commits = new ChangeCommitter(replica, log, this.#recent, clock);
    const wake = new WakeSignal(clock);
    this.#feed = new ConsumerReads(store, commits, this.#recent, this.#queue, clock);
    const shared = { ...parts, commits, recent: this.#recent, pace };
    this.#work = new SyncLoop({
      lists: [
        new ListSync(new RegistryRequests(parts.registryImages), shared),
        new ListSync(new LocalRequests(parts.localImages), shared),
      ],
      contents: new ContentSync({ ...parts, commits, queue: this.#queue, lifeMs: lifetimes.contentMs }),
      troubles: this.#troubles,
      wake,
      clock,
    });
    replica.onApplied((changes) => {
      if (!this.#isActive) return;
      this.#queue.learn(changes);
      wake.wake();
    });
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  get lastError(): SyncFailure | null {
    return this.#troubles.last;
  }

  /** Until `signal` says so, or another instance syncs. */
  async run(signal: AbortSignal): Promise<void> {
    await this.log.begin();
    this.#recent.begin();
    await this.#queue.rebuild();
    this.#isActive = true;
    try {
      await this.#work.run(signal);
    } finally {
      this.#isActive = false;
    }
  }

  /** Never throws: what comes too late is lost, and read again by a walk. */
  async take(news: ConsumerRead): Promise<void> {
    if (this.#isActive) await this.#feed.take(news).catch(() => undefined);
  }
}
