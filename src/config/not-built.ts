import type { SettingName } from './settings.js';

/** Settings that are promised but not built yet: setting one stops the start. Each leaves this list when it works. */
export const notBuilt: ReadonlySet<SettingName> = new Set<SettingName>([
  'REDIS_CLUSTER_NODES',
  'REDIS_SENTINELS',
  'REDIS_SENTINEL_NAME',
  'REDIS_SENTINEL_PASSWORD',
]);
