/**
 * The wiring on one page: the objects that exist once in a process, the parts of each object, and the code that
 * closes them. Used by app.setup.ts. Contains no rules: long factories live in the rooms of the objects that they
 * make.
 */
import { Global, Inject, Injectable, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { BudgetController } from './admin/budget.controller.js';
import { CacheController } from './admin/cache.controller.js';
import { cacheCounters } from './admin/cache-counters.js';
import { LastHour } from './admin/last-hour.js';
import { ProblemsController } from './admin/problems.controller.js';
import { PurgeLimit } from './admin/purge-limit.js';
import { CallBudget } from './budget/call-budget.js';
import { newInstanceId } from './budget/instance-id.js';
import { createCallBudget } from './budget/create-call-budget.js';
import { Cache, createCache } from './cache/create-cache.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { CATALOG_SETTINGS, catalogSettings, type CatalogSettings } from './catalog/catalog-settings.js';
import { CatalogReplay } from './catalog/model/catalog-replay.js';
import type { Config } from './config/config.js';
import type { ConsumersWatch } from './consumers/consumers-watch.js';
import { Rates } from './consumers/rates.js';
import { dataScope } from './config/data-scope.js';
import type { HssConfig } from './config/hss.js';
import { AssetStatistics } from './endpoints/asset-statistics/asset-statistics.js';
import { EnterpriseProject } from './endpoints/lists/enterprise-project.js';
import { Lifetimes } from './endpoints/lists/lifetimes.js';
import { ListAnswers } from './endpoints/lists/list-answer.js';
import { ListBlocks } from './endpoints/lists/list-blocks.js';
import { ListKeys } from './endpoints/lists/list-keys.js';
import { ListReader } from './endpoints/lists/list-reader.js';
import { ScanMarks } from './endpoints/lists/scan-marks.js';
import { WordsInUse } from './endpoints/lists/words-in-use.js';
import { LocalImagesModule } from './endpoints/local-images/local-images.module.js';
import { RegistryImagesModule } from './endpoints/registry-images/registry-images.module.js';
import { FaceModule, type Door } from './face/face.module.js';
import { HealthController } from './health/health.controller.js';
import { HealthDetails } from './health/health-details.js';
import { Troubles } from './health/troubles.js';
import { createHssClient } from './hss/create-hss-client.js';
import { failureCodec } from './hss/failure-codec.js';
import { hssApis } from './hss/hss-call.js';
import { HssClient } from './hss/hss-client.js';
import { Transport } from './hss/transport.js';
import { GracefulClose } from './http/graceful-close.js';
import { HotAnswers } from './http/hot-answers.js';
import { PublicPaths } from './http/links.js';
import { RecentProblems } from './http/recent-problems.js';
import { StaleAnswers } from './http/stale-answers.js';
import type { HitLog } from './http/hit-lines.js';
import { ImagesModule } from './images/images.module.js';
import { CLOCK, LOG, REDIS } from './injection-tokens.js';
import { MeController } from './me/me.controller.js';
import { openRedisLink } from './redis/open-redis-link.js';
import { timeOf, type FleetClock } from './redis/fleet-clock.js';
import type { RedisLink } from './redis/redis-link.js';
import type { Log } from './telemetry/log.js';
import { eventLoopTurn, systemClock, type Clock } from './time/clock.js';

/** The parts that come from outside: from service.ts, or from a test that moves the clock. */
export interface Surroundings {
  config: Config & { hss: HssConfig };
  /** The clock of this host. */
  clock: Clock;
  log: Log;
  /** For log lines about hits, which may be written later, and of which a killed process loses some. */
  hitLog: HitLog;
  /** Log lines about hits that were dropped. */
  droppedLines?: () => number;
  /** A random number in [0, 1), which spreads actions that should not happen at the same moment. */
  random?: () => number;
  /** The longest time that a request waits for Redis; for tests on a machine that may be too busy for the default. */
  redisLimitMs?: number;
  /**
   * The longest time between a grant of the budget and the sending of its call. Shorter in tests of the budget with a
   * short window: without Redis an instance waits until all earlier calls must have ended.
   */
  preparationMs?: number;
  /** Redis's time in ms, for tests that move the clock: Redis itself keeps real time. */
  redisTime?: (() => number) | undefined;
  /** For tests that fill the catalog by hand: a catalog is there although no sync fills it. */
  catalogSettings?: Pick<CatalogSettings, 'hasIndex'>;
  /** The key that the demo prints. */
  demoKey?: string;
}

/** IAM gives a token in a few seconds, and a credential that is being tried holds back the calls behind it. */
const usualPreparationMs = 15_000;
/** The part of the cache's memory for finished answers as bytes, beside the entries behind the answers. */
const hotShare = 1 / 8;
/** The largest part of the cache's memory for the scan marks. What they do not use is left to the entries. */
const marksShare = 1 / 8;

/** Closes every connection to Redis and HSS, after the last request was answered. */
@Injectable()
class Connections {
  constructor(
    private readonly transport: Transport,
    private readonly budget: CallBudget,
    private readonly cache: Cache,
    private readonly lastHour: LastHour,
    @Inject(REDIS) private readonly redis: RedisLink | null,
    @Inject(CLOCK) private readonly clock: FleetClock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Calls are given up first, so that the budget can still record their ends. */
  async onApplicationShutdown(): Promise<void> {
    const calls = this.transport.close();
    if (calls > 0)
      this.log.info({ calls }, 'Stopping: calls under way are given up, since nobody waits for them');
    // The ends of these calls arrive with the next turn.
    await eventLoopTurn();
    await this.budget.close();
    await this.cache.close();
    this.lastHour.close();
    this.clock.stop();
    await this.redis?.close();
  }
}

/** What is made before the application: who may come in. */
export interface AppDoor extends Door {
  recent: RecentProblems;
  consumersFile: ConsumersWatch | null;
}

@Global()
@Module({})
export class AppModule {
  /** @param clock the service's clock, which begins to follow Redis here. */
  static with(
    surroundings: Surroundings,
    clock: FleetClock,
    door: AppDoor,
    closing: GracefulClose,
  ): DynamicModule {
    const providers = [
      ...providersOf(surroundings, clock),
      { provide: Rates, useValue: door.rates },
      { provide: RecentProblems, useValue: door.recent },
      { provide: GracefulClose, useValue: closing },
    ];
    return {
      module: AppModule,
      imports: [
        RegistryImagesModule,
        LocalImagesModule,
        CatalogModule,
        ImagesModule,
        ...(surroundings.config.hasFace ? [FaceModule.with(surroundings.config, door)] : []),
      ],
      controllers: [HealthController, MeController, BudgetController, CacheController, ProblemsController],
      providers: [
        ...providers,
        PurgeLimit,
        HealthDetails,
        {
          provide: Troubles,
          inject: [HssClient, REDIS],
          useFactory: (client: HssClient, redis: RedisLink | null) =>
            new Troubles(client, redis, door.consumersFile),
        },
      ],
      exports: providers,
    };
  }
}

function providersOf(surroundings: Surroundings, clock: FleetClock): Provider[] {
  const { config, clock: hostClock, log, random = Math.random, redisLimitMs } = surroundings;
  const { preparationMs = usualPreparationMs } = surroundings;
  const { hss } = config;
  const instance = newInstanceId(config.budget.instanceName);
  const data = dataScope(hss, config.credential);
  const marks = new ScanMarks(data.scope, Math.floor(config.cacheMemoryBytes * marksShare));
  const hotBytes = Math.floor(config.cacheMemoryBytes * hotShare);
  // No consumer waits for a call that takes longer than the deadline of a request.
  const callTimeoutMs = Math.min(hss.timeoutMs, config.requestDeadlineMs);
  const callTimes = { longestCallMs: preparationMs + callTimeoutMs, longestPreparationMs: preparationMs };
  const hot = new HotAnswers(hotBytes);
  return [
    { provide: CLOCK, useValue: clock },
    { provide: LOG, useValue: log },
    { provide: Lifetimes, useValue: new Lifetimes(config.lifetimes) },
    {
      provide: CATALOG_SETTINGS,
      useValue: { ...catalogSettings(config, instance, data), ...surroundings.catalogSettings },
    },
    { provide: PublicPaths, useValue: new PublicPaths(config.listen.publicBasePath) },
    { provide: EnterpriseProject, useValue: new EnterpriseProject(hss.enterpriseProjectId) },
    { provide: WordsInUse, useValue: new WordsInUse() },
    { provide: HotAnswers, useValue: hot },
    { provide: ScanMarks, useValue: marks },
    StaleAnswers,
    { provide: CatalogReplay, useValue: new CatalogReplay(clock) },
    { provide: Transport, useFactory: () => new Transport(clock, undefined, config.proxy) },
    {
      provide: REDIS,
      useFactory: async () => {
        const redis = await openRedisLink(config.redis, hostClock, log, redisLimitMs);
        if (redis) await clock.follow(timeOf(redis, surroundings.redisTime));
        return redis;
      },
    },
    {
      provide: Cache,
      inject: [REDIS],
      useFactory: async (redis: RedisLink | null) => {
        const cache = await createCache({
          redis,
          clock,
          knowsRedisTime: () => clock.followsRedis,
          random,
          failureCodec,
          maxBytes: config.cacheMemoryBytes - hotBytes,
          bytesBeside: () => marks.bytes,
          instance,
          onBroadcast: (text) => marks.receive(text),
        });
        clock.onSet((byMs) => {
          cache.tiers.memory.shift(byMs);
          hot.clear();
        });
        return cache;
      },
    },
    {
      provide: LastHour,
      inject: [Cache, HotAnswers, StaleAnswers],
      useFactory: (...sources: [Cache, HotAnswers, StaleAnswers]) =>
        new LastHour(() => cacheCounters(...sources), clock),
    },
    {
      provide: CallBudget,
      inject: [REDIS],
      useFactory: (redis: RedisLink | null) =>
        createCallBudget({
          settings: config.budget,
          ...callTimes,
          redis,
          apis: hssApis,
          instance,
          clock,
          // A clock that a test moves looks to the budget like a clock of Redis that was set.
          ledgerClock: surroundings.redisTime === undefined ? clock : systemClock,
          hostTime: () => hostClock.now(),
          log,
        }),
    },
    {
      provide: HssClient,
      inject: [Transport, CallBudget, REDIS],
      useFactory: (transport: Transport, budget: CallBudget, redis: RedisLink | null) =>
        createHssClient(
          hss,
          { timeoutMs: callTimeoutMs, preparationMs },
          transport,
          budget,
          redis,
          { fleetSize: config.budget.fleetSize, instance },
          clock,
          log,
        ),
    },
    {
      provide: ListReader,
      inject: [Cache, HssClient, Lifetimes],
      useFactory: (cache: Cache, client: HssClient, { absent }: Lifetimes) => {
        const keys = new ListKeys(data.scope, hss.projectId);
        const blocks = new ListBlocks({
          client,
          clock,
          keys,
          marks,
          absentLifetime: absent,
          keepsSource: config.hasFace,
          generation: () => cache.purges.generation,
          broadcast: (text) => cache.broadcast(text),
        });
        return new ListReader({ cache: cache.reader, blocks, keys, marks });
      },
    },
    {
      provide: AssetStatistics,
      inject: [HssClient, EnterpriseProject],
      useFactory: (client: HssClient, project: EnterpriseProject) =>
        new AssetStatistics(client, project, data.scope),
    },
    {
      provide: ListAnswers,
      inject: [ListReader, PublicPaths],
      useFactory: (reader: ListReader, paths: PublicPaths) => new ListAnswers(reader, paths),
    },
    Connections,
  ];
}
