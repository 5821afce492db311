import { Module } from '@nestjs/common';
import { ImageFilesRequest } from './image-files.request.js';

@Module({ providers: [ImageFilesRequest], exports: [ImageFilesRequest] })
export class ImageFilesModule {}
