import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { localImageTypes } from '../../domain/words.js';
import type { DataAnswer } from '../../http/answer.js';
import { Context } from '../../http/context.decorator.js';
import type { RequestContext } from '../../http/request-context.js';
import { scanStatusFilters } from '../lists/hss-words.js';
import { ListAnswers } from '../lists/list-answer.js';
import { WordsInUse } from '../lists/words-in-use.js';
import { LocalImagesQuery } from './local-images.query.js';
import { LocalImagesRequest } from './local-images.request.js';

@Controller('v1/local-images')
export class LocalImagesController {
  constructor(
    private readonly request: LocalImagesRequest,
    private readonly answers: ListAnswers,
    private readonly words: WordsInUse,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listLocalImages' })
  page(@Query() query: LocalImagesQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    const words = {
      localType: { text: query.localType, words: localImageTypes },
      scanStatus: { text: query.scanStatus, words: scanStatusFilters },
    };
    this.words.check(words, null);
    return this.answers.page(this.request.of(query), '/v1/local-images', query, context);
  }
}
