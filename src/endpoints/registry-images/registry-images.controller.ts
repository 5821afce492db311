import { Controller, Get, Query } from '@nestjs/common';
import type { DataAnswer } from '../../http/answer.js';
import { Context } from '../../http/context.decorator.js';
import type { RequestContext } from '../../http/request-context.js';
import { DataRoute } from '../../openapi/data-route.js';
import { ListAnswers } from '../lists/list-answer.js';
import { RegistryImagesQuery } from './registry-images.query.js';
import { RegistryImagesRequest } from './registry-images.request.js';

@Controller('v1/registry-images')
export class RegistryImagesController {
  constructor(
    private readonly request: RegistryImagesRequest,
    private readonly answers: ListAnswers,
  ) {}

  @Get()
  @DataRoute('Images in registries, row by row as HSS lists them', 'RegistryImagePage')
  page(@Query() query: RegistryImagesQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    return this.answers.page(this.request.of(query), '/v1/registry-images', query, context);
  }
}
