import { Body, Controller, Get, Header, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { CatalogImagesQuery, NoQuery } from '../catalog/routes/catalog-images.query.js';
import { ImageLists } from '../catalog/routes/image-lists.js';
import type { DataAnswer } from '../http/answer.js';
import { Context } from '../http/context.decorator.js';
import type { RequestContext } from '../http/request-context.js';
import { stringifyJson } from '../json/lossless.js';
import { DataRoute, MomentRoute } from '../openapi/data-route.js';
import { Batch } from './batch.js';
import { BatchRequest, LookupQuery } from './images.query.js';
import { ImagesService } from './images.service.js';

/** What /v1/images takes beside an id: all images at once, one by any of its names, many. */
@Controller('v1/images')
export class CatalogImagesController {
  constructor(
    private readonly lists: ImageLists,
    private readonly images: ImagesService,
    private readonly batch: Batch,
  ) {}

  @Get()
  @DataRoute('All images, registry and hosts joined by digest, from the catalog', 'CatalogImagePage')
  list(@Query() query: CatalogImagesQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    return this.lists.images(query, context);
  }

  @Get('lookup')
  @DataRoute('One image by a reference as CI has it, with what is known of it', 'MergedImage')
  lookup(@Query() query: LookupQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    const { ref, ...asked } = query;
    return this.images.lookup(ref, asked, context);
  }

  @Post('batch-get')
  @HttpCode(200)
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'no-store')
  @MomentRoute('Up to 100 images by their references', 'Whatever became of the single ones', 'BatchAnswer')
  @ApiBody({ schema: { $ref: '#/components/schemas/BatchRequest' } })
  async get(
    @Body() request: BatchRequest,
    @Query() _query: NoQuery,
    @Context() context: RequestContext,
  ): Promise<string> {
    // Ids have more digits than plain JSON.stringify takes.
    return stringifyJson(await this.batch.get(request, context));
  }
}
