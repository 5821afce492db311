import { Body, Controller, Get, Header, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { NoQuery } from '../http/no-query.js';
import type { DataAnswer } from '../http/answer.js';
import { Context } from '../http/context.decorator.js';
import type { RequestContext } from '../http/request-context.js';
import { stringifyJson } from '../json/lossless.js';
import { DataRoute, MomentRoute } from '../openapi/data-route.js';
import { Batch } from './batch.js';
import { BatchRequest, LookupQuery } from './images.query.js';
import { ImagesService } from './images.service.js';

/** The routes below /v1/images that take references: one image by any of its names, or up to 100 images. */
@Controller('v1/images')
export class ReferencesController {
  constructor(
    private readonly images: ImagesService,
    private readonly batch: Batch,
  ) {}

  @Get('lookup')
  @DataRoute('One image by a reference from CI: the parts that `include` names', 'MergedImage')
  lookup(@Query() query: LookupQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    const { ref, ...asked } = query;
    return this.images.lookup(ref, asked, context);
  }

  @Post('batch-get')
  @HttpCode(200)
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'no-store')
  @MomentRoute('Up to 100 images by their references', 'The result for each reference', 'BatchAnswer')
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
