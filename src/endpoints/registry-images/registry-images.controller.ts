import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { severities } from '../../domain/severity.js';
import { registryImageTypes } from '../../domain/words.js';
import type { DataAnswer } from '../../http/answer.js';
import { Context } from '../../http/context.decorator.js';
import type { RequestContext } from '../../http/request-context.js';
import { scanStatusFilters } from '../lists/hss-words.js';
import { ListAnswers } from '../lists/list-answer.js';
import { WordsInUse } from '../lists/words-in-use.js';
import { boundsOf } from './namespace-bounds.js';
import type { RegistryImageRow } from './registry-image.row.js';
import { RegistryImagesQuery } from './registry-images.query.js';
import { RegistryImagesRequest } from './registry-images.request.js';

@Controller('v1/registry-images')
export class RegistryImagesController {
  constructor(
    private readonly request: RegistryImagesRequest,
    private readonly answers: ListAnswers,
    private readonly words: WordsInUse,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listRegistryImages' })
  page(@Query() query: RegistryImagesQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    const { namespaces } = context;
    const bounds = namespaces ? boundsOf(query, namespaces) : {};
    const words = {
      type: { text: query.type, words: registryImageTypes },
      severity: { text: query.severity, words: severities },
      scanStatus: { text: query.scanStatus, words: scanStatusFilters },
    };
    this.words.check(words, namespaces);
    const list = this.request.of({ ...query, ...bounds });
    const isSeen = (row: RegistryImageRow) =>
      namespaces?.sees({ registryName: row.registry.name, namespace: row.namespace }) ?? true;
    return this.answers.page(list, '/v1/registry-images', query, context, { isSeen });
  }
}
