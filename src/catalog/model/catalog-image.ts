import type { BaseImageRow } from '../../endpoints/base-images/base-image.row.js';
import type { ContentOutlook } from './content-outlook.js';
import type { ContentPart } from './documents.js';
import type { FindingCounts } from '../../domain/finding-counts.js';
import type { Scan } from '../../domain/scan.js';
import type {
  RegistryImage,
  RegistryImageVariant,
} from '../../endpoints/registry-images/registry-image.row.js';
import type { Integer } from '../../json/lossless.js';

/** The row that a value comes from: a registry entry, or a local row with its host. */
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
  /**
   * How the image was found on the host: by its digest, or by its name where the host tells no digest. Only questions
   * about one image find hosts of its relatives: `variant`, the host has an architecture of the asked image; `index`,
   * the host names the multi-architecture image of the asked architecture.
   */
  matchedBy: 'digest' | 'name' | 'variant' | 'index';
}

/** A field that different rows of one image fill with different values. */
export interface Disagreement {
  field: 'severity' | 'scanStatus' | keyof FindingCounts | 'sizeBytes';
  values: { value: string | Integer; origin: Origin }[];
}

/**
 * One image in the catalog's answers. `derive` makes it from the rows of HSS. The flat fields come from the newest
 * registry entry, or from the newest local row of an image without an entry. Severity and counts are the worst of
 * all rows.
 */
export interface CatalogImage extends Omit<RegistryImage, 'entries'> {
  /** The row with the worst value; null when no row has a value. */
  origins: Record<'severity' | keyof FindingCounts, Origin | null>;
  entries: CatalogEntry[];
  /** The digest of the multi-architecture image to which this architecture belongs. */
  variantOf: string | null;
  variants: RegistryImageVariant[];
  multiArch: boolean;
  /** `total` is the number of known hosts, or HSS's number if it is larger. `complete`: every host is known. */
  hosts: { items: CatalogHost[]; total: number; complete: boolean };
  running: boolean;
  /** Why HSS cannot scan the image: the reason of the newest local row that has one. */
  notScannableReason: string | null;
  updatedAt: string | null;
  appearedAt: string;
  baseOs: BaseImageRow[] | null;
  files: { total: number; readAt: string } | null;
  /** Whether base OS and files are known, and what to expect where they are not. */
  content: Record<ContentPart, ContentOutlook>;
  disagreements: Disagreement[];
}

/** The hosts of an image and of its relatives. */
export interface RelatedHosts {
  items: CatalogHost[];
  /** True only when no host can be missing. */
  complete: boolean;
  /** A purge has named a row that tells of these hosts, and nothing has read the row since. */
  hasUnreadRows: boolean;
}
