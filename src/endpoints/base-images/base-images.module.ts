import { Module } from '@nestjs/common';
import { BaseImagesService } from './base-images.service.js';

@Module({ providers: [BaseImagesService], exports: [BaseImagesService] })
export class BaseImagesModule {}
