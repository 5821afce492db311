import { Inject, Injectable } from '@nestjs/common';
import { EnterpriseProject } from '../../endpoints/lists/enterprise-project.js';
import type { ListState } from '../model/change-set.js';
import type { StatusSource } from '../model/sources.js';
import { CATALOG } from './catalog-access.js';
import { ageOf, markOf } from './catalog-mark.js';
import type { CatalogReader } from '../model/reader.js';

/** Under this name Nest hands out the StatusSource. */
export const CATALOG_STATUS = Symbol('CatalogStatus');

/** How far the catalog is. The one route that answers before there is any. */
@Injectable()
export class CatalogStatus {
  constructor(
    @Inject(CATALOG) private readonly reader: CatalogReader,
    @Inject(CATALOG_STATUS) private readonly source: StatusSource,
    private readonly enterpriseProject: EnterpriseProject,
  ) {}

  async show(): Promise<object> {
    const { reader } = this;
    const report = await this.source.status();
    const isThere = reader.version > 0;
    const { registry, local, calls } = reader.sync;
    return {
      ready: isThere,
      epoch: isThere ? reader.epoch : null,
      version: reader.version,
      changedAt: isThere ? time(reader.changedAt) : null,
      // `0` hides the images of all other projects.
      enterpriseProjectId: this.enterpriseProject.id(undefined) ?? null,
      syncedBy: report.syncedBy,
      calls,
      lists: { registry: listStatus(registry), local: listStatus(local) },
      expected: { listsAt: time(report.listsExpectedAt), contentAt: time(report.contentExpectedAt) },
      lastError: report.lastError && { code: report.lastError.code, at: time(report.lastError.at) },
      catalog: isThere ? markOf(ageOf(reader), reader.coverage()) : null,
    };
  }
}

function listStatus({ walk, walkedAt, deltaAt, total, rows }: ListState): object {
  return {
    complete: walkedAt !== null,
    walkedAt: time(walkedAt),
    readAt: time(deltaAt ?? walkedAt),
    total,
    rows,
    walk: walk && {
      ...{ startedAt: time(walk.startedAt), rowsRead: walk.offset, total: walk.total, calls: walk.calls },
    },
  };
}

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
