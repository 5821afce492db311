/**
 * The logs under the names that release 0.1.0 gave them. SharedLog takes one over when there is no log under the
 * present name, so that an upgrade reads nothing again. Deletes no key: a fleet that goes back to 0.1.0 finds its log.
 */
import type { RedisLink } from '../../redis/redis-link.js';
import type { Log } from '../../telemetry/log.js';
import type { Clock } from '../../time/clock.js';
import { LogReader } from './log-reader.js';
import type { Replica } from './replica.js';
import { Unreadable } from './stored-bases.js';
import { StoredLog } from './stored-log.js';

export class FormerLogs {
  /**
   * @param scopes the former scopes, the most likely first.
   * @param heir the present scope. A former log has one heir: the next scope that asks for the log begins anew, since
   * other credentials can have other rights.
   */
  constructor(
    private readonly redis: RedisLink,
    private readonly scopes: readonly string[],
    private readonly heir: string,
    private readonly replica: Replica,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Whether there is a former log. @throws RedisUnavailable or Redis's error reply. */
  async exist(): Promise<boolean> {
    for (const scope of this.scopes) if (await new StoredLog(this.redis, scope).head()) return true;
    return false;
  }

  /** Loads the first former log that can be read, if there is one. @throws RedisUnavailable or Redis's error reply. */
  async takeOver(): Promise<void> {
    for (const scope of this.scopes) {
      const former = new StoredLog(this.redis, scope);
      if (!(await former.head()) || !(await former.leaveTo(this.heir))) continue;
      try {
        await new LogReader(former, this.replica, this.clock, this.log).catchUp();
        this.log.info(
          { version: this.replica.store.version },
          'Catalog: the log of an earlier release is taken over',
        );
        return;
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        this.log.warn({ reason: error.message }, 'Catalog: the log of an earlier release cannot be read');
      }
    }
  }
}
