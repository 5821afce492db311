import { Module } from '@nestjs/common';
import { BaseImagesRequest } from './base-images.request.js';

@Module({ providers: [BaseImagesRequest], exports: [BaseImagesRequest] })
export class BaseImagesModule {}
