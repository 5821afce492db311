import { Module } from '@nestjs/common';
import { CATALOG, CatalogAccess } from './ask/catalog-access.js';
import { CatalogController } from './ask/catalog.controller.js';
import { CATALOG_STATUS, CatalogStatus } from './ask/catalog-status.js';
import { CATALOG_CHANGES, Changes } from './ask/changes.js';
import { Exports } from './ask/export.js';
import { HostsController } from './ask/hosts.controller.js';
import { ImageLists } from './ask/image-lists.js';
import { KnownImages } from './ask/known-images.js';
import { RecentChanges } from './ask/recent-changes.js';
import { Summary } from './ask/summary.js';
import { emptyReader } from './empty-reader.js';

/** All images at once. Provisional: without index and sync there is nothing to ask yet. */
@Module({
  controllers: [CatalogController, HostsController],
  providers: [
    { provide: CATALOG, useValue: emptyReader },
    { provide: CATALOG_CHANGES, useFactory: () => new RecentChanges() },
    {
      provide: CATALOG_STATUS,
      useValue: {
        status: () => ({ syncedBy: 'nobody', listsExpectedAt: null, contentExpectedAt: null, lastError: null }),
      },
    },
    ...[CatalogAccess, CatalogStatus, Changes, Exports, ImageLists, KnownImages, Summary],
  ],
  exports: [ImageLists, KnownImages],
})
export class CatalogModule {}
