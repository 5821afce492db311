import { Injectable } from '@nestjs/common';
import { Lifetimes } from '../lists/lifetimes.js';
import { contentRequest } from '../lists/content-request.js';
import { EnterpriseProject } from '../lists/enterprise-project.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import type { HssList } from '../lists/hss-list.js';
import type { ScanLookup } from '../../domain/scan.js';
import { baseImageFields, toBaseImageRow, type BaseImageRow } from './base-image.row.js';

/**
 * Describes a ListImageBasicImage request: translates our parameters into HSS's parameters. Used by the image
 * routes and the catalog; never calls HSS itself.
 */
@Injectable()
export class BaseImagesRequest {
  constructor(
    private readonly lifetimes: Lifetimes,
    private readonly enterpriseProject: EnterpriseProject,
  ) {}

  /** @param scan returns the image's scan as known when HSS's answer is there. */
  of(
    image: ImageCoordinates,
    filter: { osName?: string | undefined; enterpriseProjectId?: string | undefined },
    scan: ScanLookup,
  ): HssList<BaseImageRow> {
    const project = this.enterpriseProject.id(filter.enterpriseProjectId);
    const { query, tag, ...content } = contentRequest(image, project, scan, this.lifetimes);
    return {
      api: 'ListImageBasicImage',
      schema: 'base-images-1',
      path: [image.imageId, 'basic-image'],
      query: { ...query, image_version: tag, os_name: filter.osName },
      ...content,
      toRow: toBaseImageRow,
      documented: baseImageFields,
    };
  }
}
