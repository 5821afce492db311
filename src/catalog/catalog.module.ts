/**
 * The Nest module of the catalog, which holds all images. The sync fills the catalog, the index keeps the images, and
 * the routes answer from the index. The module wires these parts, and starts and stops the sync.
 */
import { Inject, Module, type FactoryProvider } from '@nestjs/common';
import { AssetStatistics } from '../endpoints/asset-statistics/asset-statistics.js';
import { BaseImagesModule } from '../endpoints/base-images/base-images.module.js';
import { BaseImagesRequest } from '../endpoints/base-images/base-images.request.js';
import { ImageFilesModule } from '../endpoints/image-files/image-files.module.js';
import { ImageFilesRequest } from '../endpoints/image-files/image-files.request.js';
import { ListReader } from '../endpoints/lists/list-reader.js';
import { WordsInUse } from '../endpoints/lists/words-in-use.js';
import { LocalImagesModule } from '../endpoints/local-images/local-images.module.js';
import { LocalImagesRequest } from '../endpoints/local-images/local-images.request.js';
import { RegistryImagesModule } from '../endpoints/registry-images/registry-images.module.js';
import { RegistryImagesRequest } from '../endpoints/registry-images/registry-images.request.js';
import { Cache } from '../cache/create-cache.js';
import { CLOCK, LOG, REDIS } from '../injection-tokens.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import { CATALOG_SETTINGS, type CatalogSettings } from './catalog-settings.js';
import { CATALOG, CatalogAccess } from './lookup/catalog-access.js';
import { CatalogController } from './routes/catalog.controller.js';
import { CATALOG_STATUS, CatalogProgress, type StatusSource } from './routes/catalog-status.js';
import { CATALOG_CHANGES, Changes } from './routes/changes.js';
import { Exports } from './routes/export.js';
import { HostsController } from './routes/hosts.controller.js';
import { ImageLists } from './routes/image-lists.js';
import { CatalogImagesController } from './routes/catalog-images.controller.js';
import { KnownImages } from './lookup/known-images.js';
import { NamedImages } from './lookup/named-images.js';
import { PurgeForecast } from './lookup/purge-forecast.js';
import { Registries } from './lookup/registries.js';
import { RecentChanges } from './routes/recent-changes.js';
import { RunningExports } from './routes/running-exports.js';
import { Summary } from './routes/summary.js';
import type { CatalogIndex } from './index/catalog-index.js';
import { AbsentCatalog } from './model/absent-catalog.js';
import { CatalogReplay } from './model/catalog-replay.js';
import { CursorKey } from './model/cursor-key.js';
import { CatalogPurges } from './model/purged-names.js';
import type { CatalogReader } from './model/reader.js';
import { createCatalogSync } from './sync/create-catalog-sync.js';
import type { CatalogSync } from './sync/catalog-sync.js';
import { statusWithoutSync } from './sync/status.js';

/** The CatalogSync; null when the catalog is off. */
const CATALOG_SYNC = Symbol('CatalogSync');

const syncProvider: FactoryProvider<CatalogSync | null> = {
  provide: CATALOG_SYNC,
  inject: [
    CATALOG_SETTINGS,
    CATALOG,
    CatalogReplay,
    CATALOG_CHANGES,
    CursorKey,
    ListReader,
    RegistryImagesRequest,
    LocalImagesRequest,
    BaseImagesRequest,
    ImageFilesRequest,
    AssetStatistics,
    CatalogPurges,
    REDIS,
    CLOCK,
    LOG,
  ],
  useFactory: (
    { isOn, hasIndex: _hasIndex, registryHosts: _hosts, ...settings }: CatalogSettings,
    store: CatalogIndex | AbsentCatalog,
    replay: CatalogReplay,
    changes: RecentChanges,
    cursorKey: CursorKey,
    reader: ListReader,
    registryImages: RegistryImagesRequest,
    localImages: LocalImagesRequest,
    baseImages: BaseImagesRequest,
    imageFiles: ImageFilesRequest,
    statistics: AssetStatistics,
    purges: CatalogPurges,
    redis: RedisLink | null,
    clock: Clock,
    log: Log,
  ) => {
    if (!isOn || store instanceof AbsentCatalog) return null;
    return createCatalogSync({
      ...settings,
      store,
      replay,
      changes,
      cursorKey,
      reader,
      registryImages,
      localImages,
      baseImages,
      imageFiles,
      statistics,
      purges,
      redis,
      clock,
      log,
    });
  },
};

const statusProvider: FactoryProvider<StatusSource> = {
  provide: CATALOG_STATUS,
  inject: [CATALOG_SYNC, CATALOG, CATALOG_SETTINGS, CLOCK],
  useFactory: (
    sync: CatalogSync | null,
    catalog: CatalogReader,
    { enterpriseProjectId }: CatalogSettings,
    clock: Clock,
  ) => sync ?? { status: () => statusWithoutSync(catalog, enterpriseProjectId, clock.now()) },
};

@Module({
  imports: [RegistryImagesModule, LocalImagesModule, BaseImagesModule, ImageFilesModule],
  controllers: [CatalogImagesController, CatalogController, HostsController],
  providers: [
    {
      provide: CatalogPurges,
      inject: [Cache, CATALOG_SETTINGS],
      useFactory: ({ purges }: Cache, { projects }: CatalogSettings) => new CatalogPurges(purges, projects),
    },
    {
      provide: CATALOG,
      inject: [CLOCK, CatalogPurges, CATALOG_SETTINGS],
      useFactory: async (clock: Clock, purges: CatalogPurges, { isOn, hasIndex }: CatalogSettings) => {
        if (!hasIndex) return new AbsentCatalog();
        // Loads DuckDB.
        const { CatalogIndex } = await import('./index/catalog-index.js');
        // Without a sync no step would take a purge over.
        return CatalogIndex.open({ clock, ...(isOn ? { purges } : {}) });
      },
    },
    { provide: CATALOG_CHANGES, useFactory: () => new RecentChanges() },
    CursorKey,
    syncProvider,
    statusProvider,
    CatalogAccess,
    CatalogProgress,
    Changes,
    Exports,
    ImageLists,
    KnownImages,
    NamedImages,
    PurgeForecast,
    Registries,
    RunningExports,
    Summary,
  ],
  exports: [CATALOG, CATALOG_STATUS, KnownImages, PurgeForecast, Registries],
})
export class CatalogModule {
  constructor(
    @Inject(CATALOG) private readonly index: CatalogIndex | AbsentCatalog,
    @Inject(CATALOG_SYNC) private readonly sync: CatalogSync | null,
    words: WordsInUse,
  ) {
    words.readFrom(index);
  }

  onApplicationBootstrap(): void {
    this.sync?.start();
  }

  /** Closes the sync while Redis and the call budget are still open. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.sync?.close();
  }

  async onApplicationShutdown(): Promise<void> {
    if (!(this.index instanceof AbsentCatalog)) await this.index.close();
  }
}
