import { Inject, Injectable } from '@nestjs/common';
import type { FieldError } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';
import type { Clock } from '../../time/clock.js';
import { CLOCK } from '../../injection-tokens.js';
import { Lifetimes } from '../lists/lifetimes.js';
import { EnterpriseProject } from '../lists/enterprise-project.js';
import type { Filtered } from '../lists/list-answer.js';
import { timeRange } from '../lists/time-range.js';
import { scanStatusFilter, severityFilter } from '../lists/hss-words.js';
import { toRegistryImageRow, type RegistryImageRow } from './registry-image.row.js';
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
  of(query: RegistryImagesQuery): Filtered<RegistryImageRow> {
    const errors: FieldError[] = [];
    const now = this.clock.now();
    const range = (field: 'updated' | 'scanned' | 'synced') =>
      timeRange(field, query[`${field}After`], query[`${field}Before`], true, now, errors);
    const [updated, scanned, synced] = [range('updated'), range('scanned'), range('synced')];
    if (errors.length > 0) throw invalid(...errors);
    return {
      list: {
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
          scan_status: scanStatusFilter[query.scanStatus ?? ''],
          severity_level: severityFilter[query.severity ?? ''],
          has_vul: query.hasVulnerabilities,
          has_malicious_file: query.hasMaliciousFiles,
          has_unsafe_setting: query.hasUnsafeSettings,
          risky: query.risky,
          is_multarch: query.multiArch,
          start_latest_update_time: updated?.start,
          end_latest_update_time: updated?.end,
          start_latest_scan_time: scanned?.start,
          end_latest_scan_time: scanned?.end,
          start_latest_sync_time: synced?.start,
          end_latest_sync_time: synced?.end,
          sort_key: query.sort === undefined ? undefined : 'latest_scan_time',
          sort_dir: query.sort === undefined ? undefined : query.sort.startsWith('-') ? 'desc' : 'asc',
        },
        toRow: toRegistryImageRow,
        scans: (rows) => rows,
        lifetime: () => this.lifetimes.lists,
      },
      completed: {
        updatedAfter: updated?.start,
        updatedBefore: updated?.end,
        scannedAfter: scanned?.start,
        scannedBefore: scanned?.end,
        syncedAfter: synced?.start,
        syncedBefore: synced?.end,
      },
    };
  }
}
