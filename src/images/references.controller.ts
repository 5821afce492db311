import { Body, Controller, Get, Header, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { NoQuery } from '../http/no-query.js';
import type { DataAnswer } from '../http/answer.js';
import { Context } from '../http/context.decorator.js';
import { hostsForbidden } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { stringifyJson } from '../json/lossless.js';
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
  @ApiOperation({ operationId: 'lookupImage' })
  lookup(@Query() query: LookupQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    const { ref, ...asked } = query;
    return this.images.lookup(ref, asked, context);
  }

  @Post('batch-get')
  @HttpCode(200)
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'batchGetImages' })
  async get(
    @Body() request: BatchRequest,
    @Query() _query: NoQuery,
    @Context() context: RequestContext,
  ): Promise<string> {
    if (request.include?.includes('hosts') && !context.principal.consumer.view.hosts) throw hostsForbidden();
    // Ids have more digits than plain JSON.stringify takes.
    return stringifyJson(await this.batch.get(request, context));
  }
}
