import { Inject, Module } from '@nestjs/common';
import { EnterpriseProject } from '../endpoints/lists/enterprise-project.js';
import { CLOCK } from '../platform.js';
import type { Clock } from '../resilience/clock.js';
import { CATALOG, CatalogAccess } from './ask/catalog-access.js';
import { CatalogController } from './ask/catalog.controller.js';
import { CATALOG_STATUS, CatalogProgress, type StatusSource } from './ask/catalog-status.js';
import { CATALOG_CHANGES, Changes } from './ask/changes.js';
import { Exports } from './ask/export.js';
import { HostsController } from './ask/hosts.controller.js';
import { ImageLists } from './ask/image-lists.js';
import { KnownImages } from './ask/known-images.js';
import { RecentChanges } from './ask/recent-changes.js';
import { Summary } from './ask/summary.js';
import { CatalogIndex } from './index/catalog-index.js';
import { statusOf } from './sync/status.js';

/** All images at once. Provisional: without a sync nothing is put into the index yet. */
@Module({
  controllers: [CatalogController, HostsController],
  providers: [
    { provide: CATALOG, inject: [CLOCK], useFactory: (clock: Clock) => CatalogIndex.open({ clock }) },
    { provide: CATALOG_CHANGES, useFactory: () => new RecentChanges() },
    {
      provide: CATALOG_STATUS,
      inject: [CATALOG, CLOCK, EnterpriseProject],
      useFactory: (catalog: CatalogIndex, clock: Clock, project: EnterpriseProject): StatusSource => ({
        status: () =>
          statusOf({
            ...{ catalog, syncingInstance: null, lastError: null, intervalMs: 0, now: clock.now() },
            enterpriseProjectId: project.id(undefined),
          }),
      }),
    },
    ...[CatalogAccess, CatalogProgress, Changes, Exports, ImageLists, KnownImages, Summary],
  ],
  exports: [ImageLists, KnownImages],
})
export class CatalogModule {
  constructor(@Inject(CATALOG) private readonly index: CatalogIndex) {}

  onApplicationShutdown(): Promise<void> {
    return this.index.close();
  }
}
