import type { BaseImageRow } from '../../endpoints/base-images/base-image.row.js';
import type { FindingCounts } from '../../domain/finding-counts.js';
import type { Scan } from '../../domain/scan.js';
import type {
  RegistryImage,
  RegistryImageVariant,
} from '../../endpoints/registry-images/registry-image.row.js';
import type { Integer } from '../../json/lossless.js';

/** Where a value was read: a registry entry, or a local row and its host. */
export interface Origin {
  source: 'registry' | 'host';
  entryId: string | null;
  hostId: string | null;
}

/** One registry entry of an image. */
export interface CatalogEntry {
  entryId: string | null;
  registryName: string | null;
  type: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
  severity: string | null;
  scan: Scan;
  findingCounts: FindingCounts;
  latestVersion: boolean | null;
  updatedAt: string | null;
  syncedAt: string | null;
}

export interface CatalogHost {
  hostId: string | null;
  name: string | null;
  agentId: string | null;
  containerCount: Integer | null;
  matchedBy: 'digest' | 'name';
}

/** What sources say differently of one image. */
export interface Disagreement {
  field: 'severity' | 'scanStatus' | keyof FindingCounts | 'sizeBytes';
  values: { value: string | Integer; origin: Origin }[];
}

/** One image as the catalog answers: flat fields of its newest registry entry (else local row), the worst of what is said. */
export interface CatalogImage extends Omit<RegistryImage, 'entries'> {
  /** Who said the worst; null where nobody said anything. */
  origins: Record<'severity' | keyof FindingCounts, Origin | null>;
  entries: CatalogEntry[];
  /** The digest of the multi-architecture image that this is one architecture of. */
  variantOf: string | null;
  variants: RegistryImageVariant[];
  multiArch: boolean;
  /** `total`: as many as are known, or as HSS counts where that is more; `complete`: all of them are known. */
  hosts: { items: CatalogHost[]; total: number; complete: boolean };
  running: boolean;
  updatedAt: string | null;
  appearedAt: string;
  baseOs: BaseImageRow[] | null;
  files: { total: number; readAt: string } | null;
  disagreements: Disagreement[];
}
