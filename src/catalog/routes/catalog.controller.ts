import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataAnswer } from '../../http/answer.js';
import { Context } from '../../http/context.decorator.js';
import type { RequestContext } from '../../http/request-context.js';
import { NoQuery } from '../../http/no-query.js';
import { ChangesQuery, ExportQuery } from './catalog-images.query.js';
import { CatalogProgress } from './catalog-status.js';
import { Changes } from './changes.js';
import { exportTypes, Exports } from './export.js';
import { ImageFilterQuery } from './image-filter.query.js';
import { Summary } from './summary.js';

/** The routes about the catalog as a whole: status, summary, changes, export. */
@Controller('v1/catalog')
export class CatalogController {
  constructor(
    private readonly progress: CatalogProgress,
    private readonly summary: Summary,
    private readonly changes: Changes,
    private readonly exports: Exports,
  ) {}

  @Get('status')
  @ApiOperation({ operationId: 'getCatalogStatus' })
  showStatus(@Query() _query: NoQuery, @Context() context: RequestContext): DataAnswer {
    return this.progress.show(context);
  }

  @Get('summary')
  @ApiOperation({ operationId: 'getCatalogSummary' })
  showSummary(@Query() query: ImageFilterQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    return this.summary.get(query, context);
  }

  @Get('changes')
  @ApiOperation({ operationId: 'listCatalogChanges' })
  showChanges(@Query() query: ChangesQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    return this.changes.since(query, context);
  }

  @Get('export')
  @RouteConfig({ produces: exportTypes })
  @ApiOperation({ operationId: 'exportCatalog' })
  async export(
    @Query() query: ExportQuery,
    @Context() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const exchange = { method: request.method, headers: request.headers, response: reply.raw };
    const prepared = await this.exports.prepare(query, exchange, context);
    await reply.headers(prepared.headers).send(prepared.body);
  }
}
