import { Inject, Injectable } from '@nestjs/common';
import { hasScope } from '../../consumers/consumer.js';
import { DataAnswer } from '../../http/answer.js';
import { ReportBody } from '../../http/report-body.js';
import type { RequestContext } from '../../http/request-context.js';
import type { Coverage } from '../model/catalog-query.js';
import type { CatalogStatus } from '../sync/status.js';
import { CatalogAccess } from '../lookup/catalog-access.js';
import { ageOf, markOf } from '../lookup/catalog-mark.js';

/** The injection token of the StatusSource. */
export const CATALOG_STATUS = Symbol('CatalogStatus');

export interface StatusSource {
  status(): CatalogStatus;
}

/** The progress of the catalog. Only this route also answers while the catalog is empty. */
@Injectable()
export class CatalogProgress {
  constructor(
    private readonly access: CatalogAccess,
    @Inject(CATALOG_STATUS) private readonly source: StatusSource,
  ) {}

  show({ namespaces, principal }: RequestContext): DataAnswer {
    const { reader, isThere: isReady } = this.access;
    const coverage = reader.seenBy(namespaces).coverage();
    const catalog = isReady ? markOf(ageOf(reader), coverage) : null;
    const status = this.source.status();
    const isWhole = namespaces === null || hasScope(principal.consumer, 'watch');
    const report = { ready: isReady, ...(isWhole ? status : statusSeen(status, coverage)), catalog };
    return new DataAnswer(new ReportBody(report), null);
  }
}

/** Whatever counts rows, images or calls tells of all namespaces. The times tell how old the catalog is. */
function statusSeen(status: CatalogStatus, { baseOs, files }: Coverage): object {
  const { complete, asOf, registry, local, waitingFor } = status;
  const times = ({ walkedAt, deltaAt }: CatalogStatus['registry']) => ({
    rows: null,
    total: null,
    walk: null,
    walkedAt,
    deltaAt,
  });
  return {
    complete,
    asOf,
    epoch: null,
    version: null,
    registry: times(registry),
    local: times(local),
    calls: null,
    expectedEndAt: null,
    coverage: { baseOs: { ...baseOs, expectedEndAt: null }, files: { ...files, expectedEndAt: null } },
    syncingInstance: null,
    waitingFor,
    enterpriseProjectId: null,
    lastError: null,
  };
}
