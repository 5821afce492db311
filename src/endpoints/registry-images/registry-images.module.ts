import { Module } from '@nestjs/common';
import { RegistryImagesController } from './registry-images.controller.js';
import { RegistryImagesService } from './registry-images.request.js';

@Module({
  controllers: [RegistryImagesController],
  providers: [RegistryImagesService],
  exports: [RegistryImagesService],
})
export class RegistryImagesModule {}
