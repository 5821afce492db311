import { Inject, Injectable } from '@nestjs/common';
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

  show(): object {
    const { reader, isThere: isReady } = this.access;
    const catalog = isReady ? markOf(ageOf(reader), reader.coverage()) : null;
    return { ready: isReady, ...this.source.status(), catalog };
  }
}
