import { Module } from '@nestjs/common';
import { LocalImagesController } from './local-images.controller.js';
import { LocalImagesRequest } from './local-images.request.js';

@Module({
  controllers: [LocalImagesController],
  providers: [LocalImagesRequest],
  exports: [LocalImagesRequest],
})
export class LocalImagesModule {}
