/** The emulator's options and all their defaults. */
import type { VariantContent } from './apis/api-call.js';
import type { LocalListing } from './data/listed-rows.js';
import type { EmulatorUser } from './identity/users.js';
import type { TimeSource } from './traffic/clock.js';
import type { Rate } from './traffic/throttle.js';

/** Real time in ms before every answer: a fixed time, or the bounds of a varying time. */
export type Latency = number | readonly [minMs: number, maxMs: number];

export interface EmulatorOptions {
  /** 0: a free port. */
  readonly port?: number;
  readonly host?: string;
  readonly region?: string;
  readonly projectId?: string;
  readonly seed?: number;
  /** Rows of the registry list. HSS's examples come first. */
  readonly registryImages?: number;
  /** Rows of the local list. */
  readonly localImages?: number;
  /** One row per image and host, or one row per image: HSS does not say which. */
  readonly localListing?: LocalListing;
  /** Limit of calls to one API per user. */
  readonly rate?: Rate;
  /** Limit of calls to one API by all users together. */
  readonly totalRate?: Rate;
  readonly latencyMs?: Latency;
  /**
   * Whether the files API demands the region header; default true, on the command line false. The base OS API always
   * demands the header.
   */
  readonly strictRegionHeader?: boolean;
  /** true: a call without enterprise_project_id is refused (HSS.0013). false: such a call means project 0. */
  readonly requireEnterpriseProject?: boolean;
  readonly variantContent?: VariantContent;
  /** Whether the region publishes ShowImageAssetStatistics; default true. false: the call gets 404 APIGW.0101. */
  readonly assetStatistics?: boolean;
  /** Whether a moved tag leaves the update time of its row; default false: the update time is the time of the move. */
  readonly retagKeepsUpdateTime?: boolean;
  /** The same for a container that starts or ends on a host. */
  readonly containersKeepUpdateTime?: boolean;
  /** Whether some files have a size above int32, which the models of official SDKs cannot read. Default false. */
  readonly int64FileSizes?: boolean;
  /** Whether ids of registry rows are above 2^53, which take longer to read. Default true. */
  readonly int64RowIds?: boolean;
  /** The first user's keys and password are the emulator's `credentials`. */
  readonly users?: readonly EmulatorUser[];
  readonly tokenLifeMs?: number;
  /** Number of characters; HSS allows up to 32,768. */
  readonly tokenLength?: number;
  /** Failures in a row that lock an access key for 5 minutes or an account for 15 minutes. */
  readonly lockAfterFailures?: number;
  /** Time source instead of the machine's clock, so that a test can move the time of several programs together. */
  readonly clock?: TimeSource;
}

export const defaultOptions = {
  port: 0,
  host: '127.0.0.1',
  region: 'cn-north-4',
  projectId: '0123456789abcdef0123456789abcdef',
  seed: 1,
  registryImages: 450,
  localImages: 320,
  localListing: 'per-host',
  rate: { limit: 5, windowMs: 60_000, kind: 'sliding' },
  totalRate: { limit: 600, windowMs: 60_000, kind: 'sliding' },
  latencyMs: 0,
  strictRegionHeader: true,
  requireEnterpriseProject: false,
  variantContent: 'own',
  assetStatistics: true,
  retagKeepsUpdateTime: false,
  containersKeepUpdateTime: false,
  int64FileSizes: false,
  int64RowIds: true,
  tokenLifeMs: 24 * 3_600_000,
  tokenLength: 1800,
  lockAfterFailures: 5,
} as const satisfies EmulatorOptions;
