import { Injectable } from '@nestjs/common';
import { BaseImagesRequest } from '../endpoints/base-images/base-images.request.js';
import { ImageFilesRequest } from '../endpoints/image-files/image-files.request.js';
import { checkImageId } from '../endpoints/lists/coordinates.query.js';
import type { HssList } from '../endpoints/lists/hss-list.js';
import { EnterpriseProject } from '../endpoints/lists/enterprise-project.js';
import { LocalImagesRequest } from '../endpoints/local-images/local-images.request.js';
import { RegistryImagesRequest } from '../endpoints/registry-images/registry-images.request.js';
import type { ImageCoordinates } from '../domain/image-coordinates.js';
import { ImageLookup } from '../images/image-lookup.js';
import * as tables from './face-tables.js';
import { invalid } from './gateway-error.js';
import { readParameters, type ParameterTable, type ReadParameters } from './hss-parameters.js';
import { localTimes, registryTimes } from './hss-times.js';

/** A list of HSS and the page of it that a client asked for. */
export interface FacePage {
  list: HssList<unknown>;
  offset: number;
  limit: number;
}

type Pairs = readonly (readonly [name: string, value: string])[];

/**
 * Translates a client's request into the description of the list that /v1 uses for the same question, so both faces
 * share entries of the cache and calls of HSS. Each method throws GatewayError HSS.0001.
 */
@Injectable()
export class HssRequests {
  constructor(
    private readonly registry: RegistryImagesRequest,
    private readonly local: LocalImagesRequest,
    private readonly files: ImageFilesRequest,
    private readonly baseImages: BaseImagesRequest,
    private readonly images: ImageLookup,
    private readonly enterpriseProject: EnterpriseProject,
  ) {}

  /** @param now wall time in ms. */
  registryImages(pairs: Pairs, now: number): FacePage {
    const { query, ...page } = this.#read(pairs, tables.registryImages);
    const { times, openEnds } = registryTimes(query, now);
    return { list: { ...this.registry.of({}), query: { ...query, ...times }, openEnds }, ...page };
  }

  localImages(pairs: Pairs): FacePage {
    const { query, ...page } = this.#read(pairs, tables.localImages);
    // HSS ignores a tag without a name, and reads the size 0 as "not set".
    const ignored = {
      ...(query['image_name'] === undefined && { image_version: undefined }),
      ...(/^0+$/.test(query['image_size'] ?? '') && { image_size: undefined }),
    };
    return { list: { ...this.local.of({}), query: { ...query, ...localTimes(query), ...ignored } }, ...page };
  }

  imageFiles(imageId: string, pairs: Pairs): FacePage {
    const { query, ...page } = this.#read(pairs, tables.imageFiles);
    const image = coordinatesOf(imageId, query, 'tag_name');
    const project = query['enterprise_project_id'];
    const filter = { fileName: query['file_name'], enterpriseProjectId: project };
    return { list: this.files.of(image, filter, this.images.scanLookup(image, project)), ...page };
  }

  baseImage(imageId: string, pairs: Pairs): FacePage {
    const { query, ...page } = this.#read(pairs, tables.baseImage);
    const image = coordinatesOf(imageId, query, 'image_version');
    const project = query['enterprise_project_id'];
    const filter = { osName: query['os_name'], enterpriseProjectId: project };
    return { list: this.baseImages.of(image, filter, this.images.scanLookup(image, project)), ...page };
  }

  /** Without a project the service's own counts, as on /v1. */
  #read(pairs: Pairs, table: ParameterTable): ReadParameters {
    const { query, ...page } = readParameters(pairs, table);
    const project = this.enterpriseProject.id(query['enterprise_project_id']);
    delete query['enterprise_project_id'];
    if (project !== undefined) query['enterprise_project_id'] = project;
    return { query, ...page };
  }
}

/** A CI/CD image has its id alone. @throws GatewayError for a missing coordinate, which would cost a call. */
function coordinatesOf(imageId: string, query: Record<string, string>, tagName: string): ImageCoordinates {
  checkImageId(imageId);
  const read = (name: string) => {
    const value = query[name];
    if (value === undefined) throw invalid(`${name} is required`);
    return value;
  };
  const type = read('image_type');
  if (type === 'cicd') return { imageId, type };
  return { imageId, type, namespace: read('namespace'), name: read('image_name'), tag: read(tagName) };
}
