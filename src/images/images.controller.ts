import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { BaseImagesQuery } from '../endpoints/base-images/base-images.query.js';
import { BaseImagesRequest } from '../endpoints/base-images/base-images.request.js';
import { ImageFilesQuery } from '../endpoints/image-files/image-files.query.js';
import { ImageFilesRequest } from '../endpoints/image-files/image-files.request.js';
import { ListAnswers } from '../endpoints/lists/list-answer.js';
import type { DataAnswer } from '../http/answer.js';
import { Context } from '../http/context.decorator.js';
import type { RequestContext } from '../http/request-context.js';
import { ImageLookup } from './image-lookup.js';
import { ImageQuery } from './images.query.js';
import { ImagesService } from './images.service.js';

/** The routes of one image by its id: the merged answer, and the two lists of the image's content. */
@Controller('v1/images/:imageId')
export class ImagesController {
  constructor(
    private readonly images: ImagesService,
    private readonly lookup: ImageLookup,
    private readonly files: ImageFilesRequest,
    private readonly baseImages: BaseImagesRequest,
    private readonly answers: ListAnswers,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'getImage' })
  merged(
    @Param('imageId') imageId: string,
    @Query() query: ImageQuery,
    @Context() context: RequestContext,
  ): Promise<DataAnswer> {
    return this.images.get(imageId, query, context);
  }

  @Get('files')
  @ApiOperation({ operationId: 'listImageFiles' })
  filesPage(
    @Param('imageId') imageId: string,
    @Query() query: ImageFilesQuery,
    @Context() context: RequestContext,
  ): Promise<DataAnswer> {
    const { image, dependencies } = this.images.contentCoordinates(imageId, query, context);
    const list = this.files.of(image, query, this.lookup.scanLookup(image, query.enterpriseProjectId));
    const path = `/v1/images/${encodeURIComponent(imageId)}/files`;
    return this.answers.page(list, path, query, context, { dependencies });
  }

  @Get('base-os')
  @ApiOperation({ operationId: 'listImageBaseOs' })
  baseOsPage(
    @Param('imageId') imageId: string,
    @Query() query: BaseImagesQuery,
    @Context() context: RequestContext,
  ): Promise<DataAnswer> {
    const { image, dependencies } = this.images.contentCoordinates(imageId, query, context);
    const list = this.baseImages.of(image, query, this.lookup.scanLookup(image, query.enterpriseProjectId));
    const path = `/v1/images/${encodeURIComponent(imageId)}/base-os`;
    return this.answers.page(list, path, query, context, { dependencies });
  }
}
