import type { CatalogLog } from '../log/catalog-log.js';
import type { Replica } from '../log/replica.js';
import { Commits } from './change-committer.js';
import { ContentQueue } from './content-queue.js';
import { ContentSync } from './content-sync.js';
import type { CatalogSyncOptions } from './catalog-sync.js';
import { Feed, type News } from './consumer-reads.js';
import { LocalQuestions, RegistryQuestions } from './list-requests.js';
import { ListSync } from './list-sync.js';
import { RecentReads } from './recent-reads.js';
import type { Pace } from './schedule.js';
import { Troubles, type Trouble } from './sync-failures.js';
import { Wake } from './wake-signal.js';
import { Work } from './sync-loop.js';

export type SyncParts = CatalogSyncOptions & { replica: Replica; pace: Pace };

/** All that the syncing instance needs, put together; idle on the others. */
export class Syncing {
  readonly #recent: RecentReads;
  readonly #queue: ContentQueue;
  readonly #feed: Feed;
  readonly #work: Work;
  readonly #troubles: Troubles;
  #isActive = false;

  constructor(
    parts: SyncParts,
    private readonly log: CatalogLog,
  ) {
    const { replica, clock, pace, lifetimes } = parts;
    const { store } = replica;
    this.#recent = new RecentReads(clock);
    this.#queue = new ContentQueue(store);
    this.#troubles = new Troubles(clock, parts.log);
    const commits = new Commits(replica, log, this.#recent, clock);
    const wake = new Wake(clock);
    this.#feed = new Feed(store, commits, this.#recent, this.#queue, clock);
    const shared = { ...parts, commits, recent: this.#recent, pace };
    this.#work = new Work({
      lists: [
        new ListSync(new RegistryQuestions(parts.registryImages), shared),
        new ListSync(new LocalQuestions(parts.localImages), shared),
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

  get lastError(): Trouble | null {
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
  async take(news: News): Promise<void> {
    if (this.#isActive) await this.#feed.take(news).catch(() => undefined);
  }
}
