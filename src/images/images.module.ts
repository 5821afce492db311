import { Module } from '@nestjs/common';
import { BaseImagesModule } from '../endpoints/base-images/base-images.module.js';
import { ImageFilesModule } from '../endpoints/image-files/image-files.module.js';
import { LocalImagesModule } from '../endpoints/local-images/local-images.module.js';
import { RegistryImagesModule } from '../endpoints/registry-images/registry-images.module.js';
import { HostLookup } from './host-lookup.js';
import { ImageLookup } from './image-lookup.js';
import { ImagesController } from './images.controller.js';
import { ImagesService } from './images.service.js';

@Module({
  imports: [RegistryImagesModule, LocalImagesModule, ImageFilesModule, BaseImagesModule],
  controllers: [ImagesController],
  providers: [ImagesService, ImageLookup, HostLookup],
})
export class ImagesModule {}
