/** How an emulator is set up; every default is stated here once. */
import type { LocalListing } from './data/dataset.js';
import type { EmulatorUser } from './identity/users.js';
import type { TimeSource } from './traffic/clock.js';
import type { Rate } from './traffic/throttle.js';

/** Milliseconds before every answer, or the ends between which it varies. Real time. */
export type Latency = number | readonly [minMs: number, maxMs: number];

export interface EmulatorOptions {
  /** 0: a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly region?: string;
  readonly projectId?: string;
  readonly seed?: number;
  /** Rows of the registry list. HSS's examples come first. */
  readonly registryImages?: number;
  /** Rows of the local list. */
  readonly localImages?: number;
  /** One row per image and host, or one per image: HSS does not say. */
  readonly localListing?: LocalListing;
  /** Calls of one API per user. */
  readonly rate?: Rate;
  /** Calls of one API by everyone. */
  readonly totalRate?: Rate;
  readonly latencyMs?: Latency;
  /** Whether the files API demands the region header; base OS always does. */
  readonly strictRegionHeader?: boolean;
  /** true: a call without enterprise_project_id is refused (HSS.0013) instead of taken for project 0. */
  readonly requireEnterpriseProject?: boolean;
  /** The first one's are the emulator's `credentials`. */
  readonly users?: readonly EmulatorUser[];
  readonly tokenLifeMs?: number;
  /** Characters; HSS allows up to 32,768. */
  readonly tokenLength?: number;
  /** Failures in a row that lock an access key for 5 minutes, an account for 15. */
  readonly lockAfterFailures?: number;
  /** Time to start from instead of the machine's, so that a test can move several parties together. */
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
  tokenLifeMs: 24 * 3_600_000,
  tokenLength: 1800,
  lockAfterFailures: 5,
} as const satisfies EmulatorOptions;
