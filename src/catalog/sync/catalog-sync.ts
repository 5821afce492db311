import type { BaseImagesRequest } from '../../endpoints/base-images/base-images.request.js';
import type { ImageFilesRequest } from '../../endpoints/image-files/image-files.request.js';
import type { ListReader } from '../../endpoints/lists/list-reader.js';
import type { LocalImagesRequest } from '../../endpoints/local-images/local-images.request.js';
import type { RegistryImagesRequest } from '../../endpoints/registry-images/registry-images.request.js';
import type { RedisLink } from '../../redis/redis-link.js';
import type { Clock } from '../../time/clock.js';
import type { Log } from '../../telemetry/log.js';
import type { CatalogSettings } from '../catalog-settings.js';
import type { ChangeSet } from '../model/change-set.js';
import type { CatalogStore } from '../model/reader.js';
import type { CatalogStatus } from './status.js';

/** Whoever wants to hear of each step of the catalog as this instance takes it over. */
export interface Follower {
  /** The catalog begins at this step of this wall time, or begins anew. */
  begin(epoch: string, version: number, at: number): void;
  record(changes: ChangeSet): void;
}

export interface CatalogSyncOptions extends Omit<CatalogSettings, 'isOn'> {
  store: CatalogStore;
  follower: Follower;
  reader: ListReader;
  registryImages: RegistryImagesRequest;
  localImages: LocalImagesRequest;
  baseImages: BaseImagesRequest;
  imageFiles: ImageFilesRequest;
  /** Null: one instance, nothing outlives it. */
  redis: RedisLink | null;
  clock: Clock;
  log: Log;
}

/** The catalog's way in: fills the store of this instance, from HSS or from what another instance writes. */
export interface CatalogSync {
  start(): void;
  status(): CatalogStatus;
  /** Nothing is read or written any more after it. */
  close(): Promise<void>;
}
