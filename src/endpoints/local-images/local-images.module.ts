import { Module } from '@nestjs/common';
import { LocalImagesController } from './local-images.controller.js';
import { LocalImagesService } from './local-images.request.js';

@Module({
  controllers: [LocalImagesController],
  providers: [LocalImagesService],
  exports: [LocalImagesService],
})
export class LocalImagesModule {}
