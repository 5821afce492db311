import { Module } from '@nestjs/common';
import { ImageFilesService } from './image-files.service.js';

@Module({ providers: [ImageFilesService], exports: [ImageFilesService] })
export class ImageFilesModule {}
