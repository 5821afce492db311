/** The query parameters of GET /v1/registry-images, with their checks and descriptions. */
import { filterLimits } from '../../domain/image-coordinates.js';
import { severities } from '../../domain/severity.js';
import { registryImageTypes } from '../../domain/words.js';
import {
  BooleanParameter,
  IntegerParameter,
  OpenWordParameter,
  TextParameter,
  TimeParameter,
  WordParameter,
} from '../../http/parameters.js';
import { PagingQuery } from '../lists/paging.query.js';
import { scanStatusFilters } from '../lists/hss-words.js';

const largestImageBytes = 2_147_483_547;

export class RegistryImagesQuery extends PagingQuery {
  @TextParameter(filterLimits.namespace, 'Organization')
  namespace?: string;

  @TextParameter(filterLimits.name, 'Image name')
  name?: string;

  @TextParameter(filterLimits.tag, 'Image tag')
  tag?: string;

  @OpenWordParameter(registryImageTypes, 'Kind of registry image')
  type?: string;

  @TextParameter(128, 'Registry name')
  registryName?: string;

  @TextParameter(128, 'Instance of SWR enterprise edition')
  instanceId?: string;

  @TextParameter(128, 'Name of an instance of SWR enterprise edition')
  instanceName?: string;

  @OpenWordParameter(scanStatusFilters, 'Scan status; HSS cannot filter by the other statuses')
  scanStatus?: string;

  @OpenWordParameter(severities, 'Severity; matches scanned images only')
  severity?: string;

  @IntegerParameter({ min: 0, max: largestImageBytes }, 'Image size in bytes')
  sizeBytes?: string;

  @BooleanParameter('Latest versions only')
  latestOnly?: string;

  @BooleanParameter('Has software vulnerabilities')
  hasVulnerabilities?: string;

  @BooleanParameter('Has malicious files')
  hasMaliciousFiles?: string;

  @BooleanParameter('Has settings that fail the baseline check')
  hasUnsafeSettings?: string;

  @BooleanParameter('Has any security risk')
  risky?: string;

  @BooleanParameter('Is a multi-architecture image')
  multiArch?: string;

  @TimeParameter('Updated at or after')
  updatedAfter?: string;

  @TimeParameter('Updated at or before')
  updatedBefore?: string;

  @TimeParameter('Scanned at or after')
  scannedAfter?: string;

  @TimeParameter('Scanned at or before')
  scannedBefore?: string;

  @TimeParameter('Synchronised at or after')
  syncedAfter?: string;

  @TimeParameter('Synchronised at or before')
  syncedBefore?: string;

  @WordParameter(
    ['scannedAt', '-scannedAt'],
    'Order by scan time, oldest first, or newest first with a minus',
  )
  sort?: string;
}
