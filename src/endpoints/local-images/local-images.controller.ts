import { Controller, Get, Query } from '@nestjs/common';
import type { DataAnswer } from '../../http/answer.js';
import { Context } from '../../http/context.decorator.js';
import type { RequestContext } from '../../http/request-context.js';
import { DataRoute } from '../../openapi/data-route.js';
import { ListAnswers } from '../lists/list-answer.js';
import { LocalImagesQuery } from './local-images.query.js';
import { LocalImagesRequest } from './local-images.request.js';

@Controller('v1/local-images')
export class LocalImagesController {
  constructor(
    private readonly request: LocalImagesRequest,
    private readonly answers: ListAnswers,
  ) {}

  @Get()
  @DataRoute('Images on hosts, row by row as HSS lists them', 'LocalImagePage')
  page(@Query() query: LocalImagesQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    return this.answers.page(this.request.of(query), '/v1/local-images', query, context);
  }
}
