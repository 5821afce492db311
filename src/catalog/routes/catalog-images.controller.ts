import { Controller, Get, Query } from '@nestjs/common';
import type { DataAnswer } from '../../http/answer.js';
import { Context } from '../../http/context.decorator.js';
import type { RequestContext } from '../../http/request-context.js';
import { DataRoute } from '../../openapi/data-route.js';
import { CatalogImagesQuery } from './catalog-images.query.js';
import { ImageLists } from './image-lists.js';

/** The route of all images, from the catalog. */
@Controller('v1/images')
export class CatalogImagesController {
  constructor(private readonly lists: ImageLists) {}

  @Get()
  @DataRoute('All images, registry and hosts joined by digest, from the catalog', 'CatalogImagePage')
  list(@Query() query: CatalogImagesQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    return this.lists.images(query, context);
  }
}
