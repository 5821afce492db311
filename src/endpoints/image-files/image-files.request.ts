import { Injectable } from '@nestjs/common';
import { Lifetimes } from '../lists/lifetimes.js';
import { contentRequest } from '../lists/content-request.js';
import { EnterpriseProject } from '../lists/enterprise-project.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import type { HssList } from '../lists/hss-list.js';
import type { ScanLookup } from '../../domain/scan.js';
import { imageFileFields, toImageFileRow, type ImageFileRow } from './image-file.row.js';

/**
 * Describes a ListImageFiles request: translates our parameters into HSS's parameters. Used by the image routes
 * and the catalog; never calls HSS itself.
 */
@Injectable()
export class ImageFilesRequest {
  constructor(
    private readonly lifetimes: Lifetimes,
    private readonly enterpriseProject: EnterpriseProject,
  ) {}

  /** @param scan returns the image's scan as known when HSS's answer is there. */
  of(
    image: ImageCoordinates,
    filter: { fileName?: string | undefined; enterpriseProjectId?: string | undefined },
    scan: ScanLookup,
  ): HssList<ImageFileRow> {
    const project = this.enterpriseProject.id(filter.enterpriseProjectId);
    const { query, tag, ...content } = contentRequest(image, project, scan, this.lifetimes);
    return {
      api: 'ListImageFiles',
      schema: 'image-files-1',
      path: [image.imageId, 'files'],
      query: { ...query, tag_name: tag, file_name: filter.fileName },
      ...content,
      toRow: toImageFileRow,
      documented: imageFileFields,
    };
  }
}
