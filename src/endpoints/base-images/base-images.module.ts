import { Module } from '@nestjs/common';
import { BaseImagesService } from './base-images.request.js';

@Module({ providers: [BaseImagesService], exports: [BaseImagesService] })
export class BaseImagesModule {}
