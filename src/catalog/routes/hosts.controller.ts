import { Controller, Get, Param, Query } from '@nestjs/common';
import type { DataAnswer } from '../../http/answer.js';
import { Context } from '../../http/context.decorator.js';
import type { RequestContext } from '../../http/request-context.js';
import { DataRoute } from '../../openapi/data-route.js';
import { HostImagesQuery, HostsQuery } from './catalog-images.query.js';
import { ImageLists } from './image-lists.js';

/** The routes about hosts. */
@Controller('v1/hosts')
export class HostsController {
  constructor(private readonly lists: ImageLists) {}

  @Get()
  @DataRoute('Hosts that have matching images, from the catalog', 'CatalogHostPage')
  hosts(@Query() query: HostsQuery, @Context() context: RequestContext): Promise<DataAnswer> {
    return this.lists.hosts(query, context);
  }

  @Get(':hostId/images')
  @DataRoute('The images of one host, from the catalog', 'CatalogImagePage')
  images(
    @Param('hostId') hostId: string,
    @Query() query: HostImagesQuery,
    @Context() context: RequestContext,
  ): Promise<DataAnswer> {
    return this.lists.imagesOfHost(hostId, query, context);
  }
}
