/** The query parameters of GET /v1/local-images, with their checks and descriptions. */
import { localFilterLimits } from '../../domain/image-coordinates.js';
import { localImageTypes } from '../../domain/words.js';
import {
  BooleanParameter,
  Int64Parameter,
  OpenWordParameter,
  TextParameter,
  TimeParameter,
} from '../../http/parameters.js';
import { PagingQuery } from '../lists/paging.query.js';
import { scanStatusFilters } from '../lists/hss-words.js';

export class LocalImagesQuery extends PagingQuery {
  @TextParameter(
    localFilterLimits.name,
    'Part of an image name, in its case: `app` matches `my-app-debug` too',
  )
  name?: string;

  @TextParameter(localFilterLimits.tag, 'Image tag; takes effect only together with `name`')
  tag?: string;

  @OpenWordParameter(scanStatusFilters, 'Scan status')
  scanStatus?: string;

  @OpenWordParameter(localImageTypes, 'Whether the image is from SWR')
  localType?: string;

  @Int64Parameter('Image size in bytes')
  sizeBytes?: string;

  @BooleanParameter('Has software vulnerabilities; matches scanned images only')
  hasVulnerabilities?: string;

  @BooleanParameter('Has containers')
  hasContainers?: string;

  @TimeParameter('Updated at or after')
  updatedAfter?: string;

  @TimeParameter('Updated before')
  updatedBefore?: string;

  @TimeParameter('Scanned at or after; matches scanned images only')
  scannedAfter?: string;

  @TimeParameter('Scanned before; matches scanned images only')
  scannedBefore?: string;

  @TextParameter(128, 'Id of a host that has the image')
  hostId?: string;

  @TextParameter(128, 'Part of the name of a host that has the image, in its case')
  hostName?: string;

  @TextParameter(128, 'Private or public address of a host that has the image')
  hostIp?: string;

  @TextParameter(128, 'Id of a container of the image')
  containerId?: string;

  @TextParameter(128, 'Part of the name of a container of the image, in its case')
  containerName?: string;

  @TextParameter(128, 'Id of a pod that runs the image')
  podId?: string;

  @TextParameter(128, 'Part of the name of a pod that runs the image, in its case')
  podName?: string;

  @TextParameter(128, 'Part of the name of software in the image, in its case')
  softwareName?: string;
}
