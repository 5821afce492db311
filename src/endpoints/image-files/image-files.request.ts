import { Injectable } from '@nestjs/common';
import { Lifetimes } from '../lists/lifetimes.js';
import { contentLifetime } from '../lists/content-lifetime.js';
import { EnterpriseProject } from '../lists/enterprise-project.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import type { HssList } from '../lists/list-reader.js';
import type { ScanLookup } from '../../domain/scan.js';
import { toImageFileRow, type ImageFileRow } from './image-file.row.js';

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
    const namedImage = 'name' in image ? image : undefined;
    return {
      api: 'ListImageFiles',
      schema: 'image-files-1',
      path: [image.imageId, 'files'],
      query: {
        enterprise_project_id: this.enterpriseProject.id(filter.enterpriseProjectId),
        image_type: image.type,
        namespace: namedImage?.namespace,
        image_name: namedImage?.name,
        tag_name: namedImage?.tag,
        file_name: filter.fileName,
      },
      contentOf: image.imageId,
      toRow: toImageFileRow,
      lifetime: async (block) => contentLifetime(block, await scan(), this.lifetimes),
    };
  }
}
