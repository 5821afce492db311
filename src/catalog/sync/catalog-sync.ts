/**
 * The types of the catalog's sync: what the sync needs, and what the module and the status route see of the sync.
 */
import type { AssetStatistics } from '../../endpoints/asset-statistics/asset-statistics.js';
import type { BaseImagesRequest } from '../../endpoints/base-images/base-images.request.js';
import type { ImageFilesRequest } from '../../endpoints/image-files/image-files.request.js';
import type { ListReader } from '../../endpoints/lists/list-reader.js';
import type { LocalImagesRequest } from '../../endpoints/local-images/local-images.request.js';
import type { RegistryImagesRequest } from '../../endpoints/registry-images/registry-images.request.js';
import type { RedisLink } from '../../redis/redis-link.js';
import type { Clock } from '../../time/clock.js';
import type { Log } from '../../telemetry/log.js';
import type { CatalogSettings } from '../catalog-settings.js';
import type { CatalogReplay } from '../model/catalog-replay.js';
import type { CursorKey } from '../model/cursor-key.js';
import type { CatalogPurges } from '../model/purged-names.js';
import type { CatalogStore } from '../model/reader.js';
import type { ChangesKeeper } from '../model/sources.js';
import type { CatalogStatus } from './status.js';

export interface CatalogSyncOptions extends Omit<
  CatalogSettings,
  'isOn' | 'hasIndex' | 'registryHosts' | 'projects'
> {
  store: CatalogStore;
  replay: CatalogReplay;
  changes: ChangesKeeper;
  cursorKey: CursorKey;
  reader: ListReader;
  registryImages: RegistryImagesRequest;
  localImages: LocalImagesRequest;
  baseImages: BaseImagesRequest;
  imageFiles: ImageFilesRequest;
  statistics: AssetStatistics;
  purges: CatalogPurges;
  /** Null when a single instance runs without Redis. The catalog is then lost at its end. */
  redis: RedisLink | null;
  clock: Clock;
  log: Log;
}

/** Fills the catalog's store on this instance, from HSS or from the log that another instance writes. */
export interface CatalogSync {
  start(): void;
  status(): CatalogStatus;
  /** After `close` the sync reads and writes nothing. */
  close(): Promise<void>;
}
