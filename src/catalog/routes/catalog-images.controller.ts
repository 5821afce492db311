import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { DataAnswer } from '../../http/answer.js';
import { Context } from '../../http/context.decorator.js';
import type { RequestContext } from '../../http/request-context.js';
import { CatalogImagesQuery } from './catalog-images.query.js';
import { ImageLists } from './image-lists.js';

/** The route of all images, from the catalog. */
@Controller('v1/images')
export class CatalogImagesController {
  constructor(private readonly lists: ImageLists) {}

  @Get()
  @ApiOperation({ operationId: 'searchImages' })
  list(@Query() query: CatalogImagesQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    return this.lists.images(query, context);
  }
}
