import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Purges } from '../../../../src/cache/purges.js';
import { Replica } from '../../../../src/catalog/log/replica.js';
import { CatalogReplay } from '../../../../src/catalog/model/catalog-replay.js';
import { CatalogPurges } from '../../../../src/catalog/model/purged-names.js';
import { SyncSession, type SyncSessionParts } from '../../../../src/catalog/sync/sync-session.js';
import { changeSet, imageDocument, registryRecord } from '../../../support/catalog/documents.js';
import { MemoryCatalog } from '../../../support/catalog/memory-catalog.js';
import { TestClock } from '../../../support/test-clock.js';
import { until } from '../../../support/until.js';

const key = 'a'.repeat(64);

/** A step after which the image's content can be read, or not yet. */
function step(version: number, status: 'completed' | 'waiting') {
  const scan = { status, scannedAt: '2026-01-01T00:00:00.000Z', failure: null };
  return changeSet(version, {
    images: [imageDocument(key, { entries: [registryRecord({ digest: `sha256:${key}`, scan })] })],
  });
}

/** A store that stops after it has given its images, as a large one does between two slices. */
class PausingCatalog extends MemoryCatalog {
  afterSlice = () => Promise.resolve();

  override async *documents(...given: Parameters<MemoryCatalog['documents']>) {
    for await (const slice of super.documents(...given)) {
      yield slice;
      await this.afterSlice();
    }
  }
}

describe('an instance that takes the sync over', () => {
  let over: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    over = new AbortController();
    running = Promise.resolve();
  });

  afterEach(async () => {
    over.abort();
    await running;
  });

  it('reads content that another instance’s step asks for while it looks at all images', async () => {
    const clock = TestClock.still();
    const store = new PausingCatalog();
    const replica = new Replica(store, new CatalogReplay(clock));
    const asked: string[] = [];
    const never = () => new Promise<never>((_, refuse) => over.signal.addEventListener('abort', refuse));
    const parts = {
      replica,
      clock,
      log: pino({ level: 'silent' }),
      purges: new CatalogPurges(new Purges(), []),
      lifetimes: { contentMs: 86_400_000 },
      reader: {
        learnScans: () => undefined,
        page: (part: string) => (asked.push(part), never()),
        renew: never,
      },
      baseImages: { of: () => 'base OS' },
      imageFiles: { of: () => 'files' },
      statistics: { read: never },
    } as unknown as SyncSessionParts;
    const log = { begin: () => Promise.resolve(), commit: replica.apply.bind(replica) };
    await replica.apply(step(1, 'waiting'));
    store.afterSlice = async () => {
      store.afterSlice = () => Promise.resolve();
      await replica.apply(step(2, 'completed'));
    };
    running = new SyncSession(parts, log).run(over.signal);
    await until(() => asked.length === 2);
    expect(asked.sort()).toEqual(['base OS', 'files']);
  });
});
