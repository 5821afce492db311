import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Replica } from '../../../../src/catalog/log/replica.js';
import { ChangeCommitter } from '../../../../src/catalog/sync/change-committer.js';
import type { ListRequests } from '../../../../src/catalog/sync/list-requests.js';
import { ListSync } from '../../../../src/catalog/sync/list-sync.js';
import { RecentReads } from '../../../../src/catalog/sync/recent-reads.js';
import type { ListReader } from '../../../../src/endpoints/lists/list-reader.js';
import { registryRow } from '../../../support/catalog/documents.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';
import { TestClock } from '../../../support/test-clock.js';

describe('the sync of a list', () => {
  it('dates nothing later than now, though the call was made by an instance whose clock is ahead', async () => {
    const clock = new TestClock();
    const store = new MemoryCatalog();
    const replica = new Replica(store);
    const recent = new RecentReads(clock);
    const log = { begin: () => Promise.resolve(), commit: replica.apply.bind(replica) };
    const renew = () =>
      Promise.resolve({ rows: [registryRow()], total: 1, fetchedAt: clock.now() + 600_000 });
    const sync = new ListSync({ name: 'registry', all: () => ({}) } as ListRequests, {
      ...{ replica, recent, clock, reader: { renew } as unknown as ListReader },
      ...{ committer: new ChangeCommitter(replica, log, recent, clock), log: pino({ level: 'silent' }) },
      pace: { intervalMs: 0, deltaEveryMs: 60_000 },
    });
    await sync.runNext(new AbortController().signal);
    const [key] = store.keysNamed({ name: 'app' });
    const times = [store.sync.registry.walk!.startedAt, store.document(key!)!.entries[0]!.readAt];
    expect(Math.max(...times)).toBeLessThanOrEqual(clock.now());
  });
});
