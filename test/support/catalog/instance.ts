import { pino } from 'pino';
import { createCatalogSync } from '../../../src/catalog/sync/create-catalog-sync.js';
import type { CatalogSync } from '../../../src/catalog/sync/catalog-sync.js';
import { CallBudget } from '../../../src/budget/call-budget.js';
import type { Ledger } from '../../../src/budget/ledger.js';
import { Cache } from '../../../src/cache/create-cache.js';
import { CatalogReplay } from '../../../src/catalog/model/catalog-replay.js';
import { CursorKey } from '../../../src/catalog/model/cursor-key.js';
import { CatalogPurges } from '../../../src/catalog/model/purged-names.js';
import type { CatalogStore } from '../../../src/catalog/model/reader.js';
import type { ChangesKeeper } from '../../../src/catalog/model/sources.js';
import { RecentChanges } from '../../../src/catalog/routes/recent-changes.js';
import type { Emulator } from '../../../emulator/emulator.js';
import { AssetStatistics } from '../../../src/endpoints/asset-statistics/asset-statistics.js';
import { BaseImagesRequest } from '../../../src/endpoints/base-images/base-images.request.js';
import { ImageFilesRequest } from '../../../src/endpoints/image-files/image-files.request.js';
import { ListReader } from '../../../src/endpoints/lists/list-reader.js';
import { LocalImagesRequest } from '../../../src/endpoints/local-images/local-images.request.js';
import { RegistryImagesRequest } from '../../../src/endpoints/registry-images/registry-images.request.js';
import { createRedis } from '../../../src/redis/connect.js';
import { RedisLink } from '../../../src/redis/redis-link.js';
import { systemClock, type Clock } from '../../../src/time/clock.js';
import { startService, type TestService } from '../service.js';
import { MemoryCatalog } from './memory-catalog.js';
import { longCalls } from './passing.js';

/** An instance of the service with a catalog, built in the same way as the application. */
export interface CatalogInstance<Store extends CatalogStore = MemoryCatalog> {
  service: TestService;
  store: Store;
  sync: CatalogSync;
  link: RedisLink | null;
  logText(): string;
  close(): Promise<void>;
}

export interface InstanceOptions<Store extends CatalogStore> {
  emulator: Emulator;
  clock: Clock;
  name?: string;
  /** For the catalog alone: Redis keeps its own time, so a fleet's budget cannot follow a clock that jumps. */
  redisUrl?: string | undefined;
  store?: Store;
  changes?: ChangesKeeper;
  scope?: string;
  formerScopes?: readonly string[];
  env?: Record<string, string>;
  rate?: { limit: number; windowMs: number };
  /** For the application, which shares cache and budget through Redis. */
  appRedisUrl?: string;
  /** The lowest level of the lines that the application's log keeps. */
  logLevel?: 'debug' | 'warn';
  /** The fleet's accounts of calls, on the clock that jumps. By default the instance shares no budget. */
  ledger?: Ledger;
}

/** The longest call by default, from its grant on. */
const callTimes = { longestCallMs: 40_000, longestPreparationMs: 15_000 };

export async function startInstance<Store extends CatalogStore = MemoryCatalog>(
  options: InstanceOptions<Store>,
): Promise<CatalogInstance<Store>> {
  const { emulator, clock, name = 'one', redisUrl, rate = { limit: 1000, windowMs: 1000 } } = options;
  const env = { HSS_RATE: `${rate.limit}/${rate.windowMs}ms`, ...longCalls, ...options.env };
  const appRedis = options.appRedisUrl === undefined ? {} : { redisUrl: options.appRedisUrl };
  const service = await startService({
    emulator,
    clock,
    env,
    logLevel: options.logLevel ?? 'debug',
    ...appRedis,
  });
  if (options.ledger) shareBudget(service, options.ledger, clock, name);
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const link = redisUrl === undefined ? null : await linkTo(redisUrl, log);
  const store = options.store ?? (new MemoryCatalog() as CatalogStore as Store);
  const sync = createCatalogSync({
    store,
    changes: options.changes ?? new RecentChanges(),
    replay: new CatalogReplay(clock),
    cursorKey: new CursorKey(),
    reader: service.part(ListReader),
    registryImages: service.part(RegistryImagesRequest),
    localImages: service.part(LocalImagesRequest),
    baseImages: service.part(BaseImagesRequest),
    imageFiles: service.part(ImageFilesRequest),
    statistics: service.part(AssetStatistics),
    purges: new CatalogPurges(service.part(Cache).purges, [emulator.projectId, 'all_granted_eps']),
    enterpriseProjectId: 'all_granted_eps',
    redis: link,
    scope: options.scope ?? 'catalog',
    formerScopes: options.formerScopes ?? [],
    clock,
    log,
    instance: name,
    rate,
    lifetimes: { listsMs: 60_000, contentMs: 7 * 24 * 3_600_000 },
  });
  sync.start();
  return {
    service,
    store,
    sync,
    link,
    logText: () => lines.join(''),
    close: async () => {
      await sync.close();
      await link?.close();
      await service.close();
    },
  };
}

/** Gives the application's calls a budget whose accounts other instances of the test share. */
function shareBudget(service: TestService, ledger: Ledger, clock: Clock, instance: string): void {
  const shared = new CallBudget(ledger, clock, pino({ level: 'silent' }), { instance, ...callTimes });
  service.part(CallBudget).acquire = (api, load) => shared.acquire(api, load);
}

const patienceMs = 60_000;

async function linkTo(url: string, log: ConstructorParameters<typeof RedisLink>[3]): Promise<RedisLink> {
  const { hostname: host, port } = new URL(url);
  const access = { username: undefined, password: undefined, tls: null, keyPrefix: 'test' };
  const redis = createRedis({ kind: 'single', host, port: Number(port), db: 0, ...access });
  // Redis answers in real time, and late on a busy machine. A link that is cut off fails at once.
  const link = new RedisLink(redis, 'test', systemClock, log, patienceMs);
  await link.connect(patienceMs);
  return link;
}
