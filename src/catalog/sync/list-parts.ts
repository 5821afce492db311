/** What the parts that keep one list of HSS share. SyncSession puts it together. */
import type { Clock } from '../../time/clock.js';
import type { Log } from '../../telemetry/log.js';
import type { Replica } from '../log/replica.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ListPages } from './list-pages.js';
import type { RecentReads } from './recent-reads.js';
import type { Pace } from './schedule.js';

export interface ListParts {
  replica: Replica;
  committer: ChangeCommitter;
  pages: ListPages;
  recent: RecentReads;
  clock: Clock;
  log: Log;
  pace: Pace;
}
