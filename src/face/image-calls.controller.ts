import { Controller, Get, Inject, Param, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasScope } from '../consumers/consumer.js';
import { ListReader } from '../endpoints/lists/list-reader.js';
import { ageSeconds } from '../http/answer.js';
import { Context } from '../http/context.decorator.js';
import type { RequestContext } from '../http/request-context.js';
import { CLOCK } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { FaceAccess } from './face-access.js';
import { FaceErrors } from './face-errors.filter.js';
import { forbidden } from './gateway-error.js';
import { HssRequests, type FacePage } from './hss-requests.js';
import { queryOf } from './received.js';
import { queryPairs } from './signature.js';

/** HSS's four image calls in HSS's own form, for official SDKs. Shares the cache and the call budget with /v1. */
@Controller('v5/:projectId/image')
@ApiExcludeController()
@UseGuards(FaceAccess)
@UseFilters(FaceErrors)
export class ImageCallsController {
  constructor(
    private readonly requests: HssRequests,
    private readonly reader: ListReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('registries/images')
  registryImages(
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res() reply: FastifyReply,
  ) {
    return this.#send(this.requests.registryImages(pairsOf(request), this.clock.now()), context, reply);
  }

  @Get('local-repositories')
  localImages(
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res() reply: FastifyReply,
  ) {
    if (!hasScope(context.principal.consumer, 'hosts'))
      throw forbidden('this key is not allowed to see hosts');
    return this.#send(this.requests.localImages(pairsOf(request)), context, reply);
  }

  @Get(':imageId/files')
  files(
    @Param('imageId') imageId: string,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res() reply: FastifyReply,
  ) {
    return this.#send(this.requests.imageFiles(imageId, pairsOf(request)), context, reply);
  }

  @Get(':imageId/basic-image')
  baseImage(
    @Param('imageId') imageId: string,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res() reply: FastifyReply,
  ) {
    return this.#send(this.requests.baseImage(imageId, pairsOf(request)), context, reply);
  }

  /** The rows are JSON text already, so the body is put together as text. */
  async #send({ list, ...range }: FacePage, context: RequestContext, reply: FastifyReply): Promise<void> {
    const { rows, total, freshness } = await this.reader.sourcePage(list, range, context);
    // Fastify would add a charset to the type of a text.
    const body = Buffer.from(`{"total_num":${String(total ?? rows.length)},"data_list":[${rows.join(',')}]}`);
    await reply
      .header('content-type', 'application/json')
      .header('age', ageSeconds(freshness, this.clock.now()))
      .send(body);
  }
}

function pairsOf(request: FastifyRequest): [string, string][] {
  return queryPairs(queryOf(request));
}
