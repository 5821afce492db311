import { Module } from '@nestjs/common';
import { ImageFilesService } from './image-files.request.js';

@Module({ providers: [ImageFilesService], exports: [ImageFilesService] })
export class ImageFilesModule {}
