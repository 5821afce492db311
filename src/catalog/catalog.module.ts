import { Inject, Module } from '@nestjs/common';
import { BaseImagesModule } from '../endpoints/base-images/base-images.module.js';
import { BaseImagesRequest } from '../endpoints/base-images/base-images.request.js';
import { ImageFilesModule } from '../endpoints/image-files/image-files.module.js';
import { ImageFilesRequest } from '../endpoints/image-files/image-files.request.js';
import { ListReader } from '../endpoints/lists/list-reader.js';
import { LocalImagesModule } from '../endpoints/local-images/local-images.module.js';
import { LocalImagesRequest } from '../endpoints/local-images/local-images.request.js';
import { RegistryImagesModule } from '../endpoints/registry-images/registry-images.module.js';
import { RegistryImagesRequest } from '../endpoints/registry-images/registry-images.request.js';
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
import { KnownImages } from './lookup/known-images.js';
import { RecentChanges } from './routes/recent-changes.js';
import { Summary } from './routes/summary.js';
import { CatalogIndex } from './index/catalog-index.js';
import { createCatalogSync } from './sync/create-catalog-sync.js';
import type { CatalogSync } from './sync/catalog-sync.js';
import { statusOf } from './sync/status.js';

/** The CatalogSync, or null where there is to be none. */
const CATALOG_SYNC = Symbol('CatalogSync');

/** All images at once: filled by the sync, kept in the index, asked by the routes. */
@Module({
  imports: [RegistryImagesModule, LocalImagesModule, BaseImagesModule, ImageFilesModule],
  controllers: [CatalogController, HostsController],
  providers: [
    { provide: CATALOG, inject: [CLOCK], useFactory: (clock: Clock) => CatalogIndex.open({ clock }) },
    { provide: CATALOG_CHANGES, useFactory: () => new RecentChanges() },
    {
      provide: CATALOG_SYNC,
      inject: [
        ...[CATALOG, CATALOG_CHANGES, CATALOG_SETTINGS, CLOCK, LOG, REDIS, ListReader],
        ...[RegistryImagesRequest, LocalImagesRequest, BaseImagesRequest, ImageFilesRequest],
      ],
      useFactory: (
        store: CatalogIndex,
        follower: RecentChanges,
        { isOn, ...settings }: CatalogSettings,
        clock: Clock,
        log: Log,
        redis: RedisLink | null,
        reader: ListReader,
        registryImages: RegistryImagesRequest,
        localImages: LocalImagesRequest,
        baseImages: BaseImagesRequest,
        imageFiles: ImageFilesRequest,
      ) =>
        isOn
          ? createCatalogSync({
              ...{ ...settings, store, follower, clock, log, redis, reader },
              ...{ registryImages, localImages, baseImages, imageFiles },
            })
          : null,
    },
    {
      provide: CATALOG_STATUS,
      inject: [CATALOG_SYNC, CATALOG, CLOCK, CATALOG_SETTINGS],
      useFactory: (
        sync: CatalogSync | null,
        catalog: CatalogIndex,
        clock: Clock,
        { enterpriseProjectId }: CatalogSettings,
      ): StatusSource =>
        sync ?? {
          status: () =>
            statusOf({
              ...{ catalog, syncingInstance: null, waitingFor: null, lastError: null, intervalMs: 0 },
              ...{ enterpriseProjectId, now: clock.now() },
            }),
        },
    },
    ...[CatalogAccess, CatalogProgress, Changes, Exports, ImageLists, KnownImages, Summary],
  ],
  exports: [ImageLists, KnownImages],
})
export class CatalogModule {
  constructor(
    @Inject(CATALOG) private readonly index: CatalogIndex,
    @Inject(CATALOG_SYNC) private readonly sync: CatalogSync | null,
  ) {}

  onApplicationBootstrap(): void {
    this.sync?.start();
  }

  /** While Redis and the call budget are still there. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.sync?.close();
  }

  onApplicationShutdown(): Promise<void> {
    return this.index.close();
  }
}
