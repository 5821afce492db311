import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { DataAnswer } from '../../http/answer.js';
import { Context } from '../../http/context.decorator.js';
import type { RequestContext } from '../../http/request-context.js';
import { HostImagesQuery, HostsQuery } from './catalog-images.query.js';
import { ImageLists } from './image-lists.js';

/** The routes about hosts. */
@Controller('v1/hosts')
export class HostsController {
  constructor(private readonly lists: ImageLists) {}

  @Get()
  @ApiOperation({ operationId: 'listHosts' })
  hosts(@Query() query: HostsQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    return this.lists.hosts(query, context);
  }

  @Get(':hostId/images')
  @ApiOperation({ operationId: 'listHostImages' })
  images(
    @Param('hostId') hostId: string,
    @Query() query: HostImagesQuery,
    @Context() context: RequestContext,
  ): Promise<DataAnswer> {
    return this.lists.imagesOfHost(hostId, query, context);
  }
}
