import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { BaseImagesModule } from '../endpoints/base-images/base-images.module.js';
import { ImageFilesModule } from '../endpoints/image-files/image-files.module.js';
import { LocalImagesModule } from '../endpoints/local-images/local-images.module.js';
import { RegistryImagesModule } from '../endpoints/registry-images/registry-images.module.js';
import { Batch } from './batch.js';
import { CicdImages } from './cicd-images.js';
import { FreshRows } from './fresh-rows.js';
import { HostLookup } from './host-lookup.js';
import { ImageLookup } from './image-lookup.js';
import { ImagesController } from './images.controller.js';
import { ImagesService } from './images.service.js';
import { MergedAnswers } from './merged-answers.js';
import { NameSearch } from './name-search.js';
import { PartReader } from './part-reader.js';
import { ReferenceLookup } from './reference-lookup.js';
import { ReferencesController } from './references.controller.js';

@Module({
  imports: [CatalogModule, RegistryImagesModule, LocalImagesModule, ImageFilesModule, BaseImagesModule],
  controllers: [ReferencesController, ImagesController],
  providers: [
    ImagesService,
    MergedAnswers,
    Batch,
    CicdImages,
    PartReader,
    ReferenceLookup,
    NameSearch,
    FreshRows,
    ImageLookup,
    HostLookup,
  ],
  exports: [ImageLookup],
})
export class ImagesModule {}
