/**
 * Puts together the parts by which an instance syncs: loop, queue, committer, consumers' reads. FleetSync runs a
 * session while the instance holds the lease; SoleSync runs one from start to close. The session idles on all
 * other instances.
 */
import type { CatalogLog } from '../log/catalog-log.js';
import type { Replica } from '../log/replica.js';
import { ChangeCommitter } from './change-committer.js';
import { ContentQueue } from './content-queue.js';
import { ContentSync } from './content-sync.js';
import type { CatalogSyncOptions } from './catalog-sync.js';
import { CountCheck } from './count-check.js';
import { consumerReadOf, type ConsumerRead } from './consumer-read.js';
import { ConsumerReads } from './consumer-reads.js';
import { ListPages } from './list-pages.js';
import { LocalRequests, RegistryRequests } from './list-requests.js';
import { ListSync } from './list-sync.js';
import { Lookups } from './lookups.js';
import { RecentReads } from './recent-reads.js';
import { RemovedRows } from './removed-rows.js';
import { RiskyRows } from './risky-rows.js';
import type { Pace } from './schedule.js';
import { statusOf, type CatalogStatus, type StatusParts } from './status.js';
import { SyncFailures, type SyncFailure } from './sync-failures.js';
import { WakeSignal } from './wake-signal.js';
import { SyncLoop } from './sync-loop.js';
import { UnreadRows } from './unread-rows.js';

export type SyncSessionParts = CatalogSyncOptions & { replica: Replica; pace: Pace };

export class SyncSession {
  readonly #recent: RecentReads;
  readonly #queue: ContentQueue;
  readonly #consumerReads: ConsumerReads;
  readonly #loop: SyncLoop;
  readonly #failures: SyncFailures;
  readonly #unread: readonly UnreadRows[];
  readonly #committer: ChangeCommitter;
  #isActive = false;

  constructor(
    private readonly parts: SyncSessionParts,
    private readonly log: CatalogLog,
  ) {
    const { replica, clock, lifetimes } = parts;
    const { store } = replica;
    this.#recent = new RecentReads(clock);
    this.#queue = new ContentQueue(store);
    this.#failures = new SyncFailures(clock, parts.log);
    const committer = new ChangeCommitter(replica, log, this.#recent, clock, parts.purges);
    this.#committer = committer;
    const wake = new WakeSignal(clock);
    this.#consumerReads = new ConsumerReads(store, committer, this.#recent, this.#queue, clock);
    const pages = new ListPages(parts.reader, committer, clock);
    const shared = { ...parts, committer, recent: this.#recent, pages };
    const requests = [new RegistryRequests(parts.registryImages), new LocalRequests(parts.localImages)];
    const lists = requests.map((each) => {
      const lookups = new Lookups(each, shared);
      const unread = new UnreadRows(each, lookups, replica);
      const risks = new RiskyRows(each, lookups, shared);
      const removed = new RemovedRows(each, lookups, shared);
      return { unread, sync: new ListSync(each, { lookups, unread, risks, removed }, shared) };
    });
    this.#unread = lists.map(({ unread }) => unread);
    this.#loop = new SyncLoop({
      lists: [...lists.map(({ sync }) => sync), new CountCheck(shared)],
      contents: new ContentSync({ ...parts, committer, queue: this.#queue, lifeMs: lifetimes.contentMs }),
      failures: this.#failures,
      wake,
      clock,
    });
    replica.onApplied((changes) => {
      if (!this.#isActive) return;
      this.#queue.learn(changes);
      for (const unread of this.#unread) unread.learn(changes);
      wake.wake();
    });
    parts.purges.onLearned(() => {
      // A failure shows in the loop, whose next step takes the purge over.
      if (this.#isActive) this.#takeOverPurges().catch(() => undefined);
    });
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  get lastError(): SyncFailure | null {
    return this.#failures.last;
  }

  /** @param lease what the instance that syncs tells of itself. */
  status(lease: Pick<StatusParts, 'syncingInstance' | 'waitingFor' | 'lastError'>): CatalogStatus {
    const { replica, clock, pace, enterpriseProjectId } = this.parts;
    const { intervalMs } = pace;
    return statusOf({ ...lease, catalog: replica.store, enterpriseProjectId, intervalMs, now: clock.now() });
  }

  /** Runs `take` with what consumers' own calls on this instance read. @returns a function that ends this. */
  onConsumerRead(take: (read: ConsumerRead) => Promise<void>): () => void {
    const { reader, enterpriseProjectId } = this.parts;
    return reader.onLoaded((block) => {
      const read = consumerReadOf(block, enterpriseProjectId);
      if (read) void take(read);
    });
  }

  /** Syncs until `signal` aborts or another instance syncs. */
  async run(signal: AbortSignal): Promise<void> {
    await this.log.begin();
    this.#recent.begin();
    // The queues learn from here on, because another instance's step can come while they look at all images.
    this.#isActive = true;
    try {
      await this.#queue.rebuild();
      for (const unread of this.#unread) await unread.rebuild();
      // A failure shows in the loop, whose next step takes the purges over.
      await this.#takeOverPurges().catch(() => undefined);
      await this.#loop.run(signal);
    } finally {
      this.#isActive = false;
    }
  }

  /** Purges that came while no instance synced are taken over as well: Redis keeps them. */
  #takeOverPurges(): Promise<void> {
    return this.#committer.commit(() => undefined);
  }

  /** Never throws. A read that arrives too late is lost, and a walk reads its rows again. */
  async take(read: ConsumerRead): Promise<void> {
    if (this.#isActive) await this.#consumerReads.take(read);
  }
}
