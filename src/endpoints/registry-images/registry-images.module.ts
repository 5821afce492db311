import { Module } from '@nestjs/common';
import { RegistryImagesController } from './registry-images.controller.js';
import { RegistryImagesRequest } from './registry-images.request.js';

@Module({
  controllers: [RegistryImagesController],
  providers: [RegistryImagesRequest],
  exports: [RegistryImagesRequest],
})
export class RegistryImagesModule {}
