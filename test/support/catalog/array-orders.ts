import type { CatalogImage } from '../../../src/catalog/model/catalog-image.js';
import type { HostSortKey, SortKey, SortTerm } from '../../../src/catalog/model/catalog-query.js';
import type { ImageDocument } from '../../../src/catalog/model/documents.js';
import type { MatchingHost } from '../../../src/catalog/model/reader.js';
import { severityRank } from '../../../src/domain/severity.js';
import type { Integer } from '../../../src/json/lossless.js';

interface Ordered {
  image: CatalogImage;
  document: Pick<ImageDocument, 'serial'>;
}

/** The orders of the index, written once more for the oracle. */
export function inOrderOf(sort: readonly SortTerm[]) {
  return (a: Ordered, b: Ordered): number => {
    for (const { key, descending } of sort) {
      const order = compare(valueOf(a.image, key), valueOf(b.image, key), descending);
      if (order !== 0) return order;
    }
    return a.document.serial - b.document.serial;
  };
}

function valueOf(image: CatalogImage, key: SortKey): string | number | bigint | null {
  switch (key) {
    case 'severity':
      return image.severity === null ? null : severityRank(image.severity);
    case 'hosts':
      return image.hosts.total;
    case 'scannedAt':
      return image.scan.scannedAt;
    case 'vulnerabilities':
    case 'unsafeSettings':
    case 'maliciousFiles':
      return image.findingCounts[key];
    default:
      return image[key];
  }
}

export function compare<T extends string | number | bigint>(
  a: T | null,
  b: T | null,
  descending: boolean,
): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (a === b) return 0;
  return a < b === descending ? 1 : -1;
}

export interface FoundHost {
  host: MatchingHost;
  names: string[];
  /** Of all matching images on the host. */
  worst: CatalogImage;
  vulnerabilities: Integer | null;
}

export function hostValueOf(found: FoundHost, key: HostSortKey): string | number | bigint | null {
  const { host, names, worst, vulnerabilities } = found;
  const { severity } = worst;
  const values: Record<HostSortKey, string | number | bigint | null> = {
    matches: host.matches,
    containers: host.containerCount,
    severity: severity === null ? null : severityRank(severity),
    vulnerabilities,
    name: names.sort()[0] ?? null,
  };
  return values[key];
}

export function larger(a: Integer | null, b: Integer | null): Integer | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
