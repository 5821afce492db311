import { Inject, Injectable } from '@nestjs/common';
import type { FieldError } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';
import type { Clock } from '../../time/clock.js';
import { CLOCK } from '../../injection-tokens.js';
import { Lifetimes } from '../lists/lifetimes.js';
import { EnterpriseProject } from '../lists/enterprise-project.js';
import type { HssList } from '../lists/hss-list.js';
import { timeFilters } from '../lists/time-filters.js';
import { hssScanStatus } from '../lists/hss-words.js';
import { localImageFields, toLocalImageRow, type LocalImageRow } from './local-image.row.js';
import type { LocalImagesQuery } from './local-images.query.js';

/**
 * Describes a ListImageLocal request: translates our parameters into HSS's parameters. Used by the list route,
 * the merged image answers and the catalog; never calls HSS itself.
 */
@Injectable()
export class LocalImagesRequest {
  constructor(
    private readonly lifetimes: Lifetimes,
    private readonly enterpriseProject: EnterpriseProject,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem `invalid-request` for contradictory times, and for a tag that HSS would ignore. */
  of(query: LocalImagesQuery): HssList<LocalImageRow> {
    const errors: FieldError[] = [];
    const times = timeFilters(query, false, this.clock.now(), errors);
    if (query.tag !== undefined && query.name === undefined)
      errors.push({ field: 'tag', message: 'needs name: HSS ignores a tag without one' });
    if (errors.length > 0) throw invalid(...errors);
    return {
      api: 'ListImageLocal',
      schema: 'local-images-1',
      path: ['local-repositories'],
      query: {
        enterprise_project_id: this.enterpriseProject.id(query.enterpriseProjectId),
        image_name: query.name,
        image_version: query.tag,
        scan_status: hssScanStatus(query.scanStatus),
        local_image_type: query.localType,
        image_size: query.sizeBytes,
        has_vul: query.hasVulnerabilities,
        has_container: query.hasContainers,
        ...times.query,
        host_id: query.hostId,
        host_name: query.hostName,
        host_ip: query.hostIp,
        container_id: query.containerId,
        container_name: query.containerName,
        pod_id: query.podId,
        pod_name: query.podName,
        app_name: query.softwareName,
      },
      openEnds: times.openEnds,
      toRow: toLocalImageRow,
      documented: localImageFields,
      images: (rows) => rows,
      usualFreshMs: this.lifetimes.lists.freshMs,
      lifetime: () => this.lifetimes.lists,
    };
  }
}
