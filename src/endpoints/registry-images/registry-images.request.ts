import { Inject, Injectable } from '@nestjs/common';
import type { FieldError } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';
import type { Clock } from '../../time/clock.js';
import { CLOCK } from '../../injection-tokens.js';
import { Lifetimes } from '../lists/lifetimes.js';
import { EnterpriseProject } from '../lists/enterprise-project.js';
import type { HssList } from '../lists/hss-list.js';
import { timeFilters } from '../lists/time-filters.js';
import { hssScanStatus, hssSeverity } from '../lists/hss-words.js';
import { registryImageFields, toRegistryImageRow, type RegistryImageRow } from './registry-image.row.js';
import type { RegistryImagesQuery } from './registry-images.query.js';

/**
 * Describes a ListRegistryImages request: translates our parameters into HSS's parameters. Used by the list
 * route, the merged image answers and the catalog; never calls HSS itself.
 */
@Injectable()
export class RegistryImagesRequest {
  constructor(
    private readonly lifetimes: Lifetimes,
    private readonly enterpriseProject: EnterpriseProject,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem `invalid-request` for contradictory times. */
  of(query: RegistryImagesQuery): HssList<RegistryImageRow> {
    const errors: FieldError[] = [];
    const times = timeFilters(query, true, this.clock.now(), errors);
    if (errors.length > 0) throw invalid(...errors);
    return {
      api: 'ListRegistryImages',
      schema: 'registry-images-1',
      path: ['registries', 'images'],
      query: {
        enterprise_project_id: this.enterpriseProject.id(query.enterpriseProjectId),
        namespace: query.namespace,
        image_name: query.name,
        image_version: query.tag,
        registry_name: query.registryName,
        image_type: query.type,
        instance_id: query.instanceId,
        instance_name: query.instanceName,
        latest_version: query.latestOnly,
        image_size: query.sizeBytes,
        scan_status: hssScanStatus(query.scanStatus),
        severity_level: hssSeverity(query.severity),
        has_vul: query.hasVulnerabilities,
        has_malicious_file: query.hasMaliciousFiles,
        has_unsafe_setting: query.hasUnsafeSettings,
        risky: query.risky,
        is_multarch: query.multiArch,
        ...times.query,
        sort_key: query.sort === undefined ? undefined : 'latest_scan_time',
        sort_dir: query.sort === undefined ? undefined : query.sort.startsWith('-') ? 'desc' : 'asc',
      },
      openEnds: times.openEnds,
      toRow: toRegistryImageRow,
      documented: registryImageFields,
      images: (rows) => rows,
      scans: (rows) => rows,
      usualFreshMs: this.lifetimes.lists.freshMs,
      lifetime: () => this.lifetimes.lists,
    };
  }
}
