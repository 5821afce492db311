/**
 * The table of all settings: format, default in the form that an operator writes, and secrecy. README.md and
 * .env.example list the same settings; tests compare them.
 */
import { apiKeyList } from './api-key-list.js';
import {
  anyText,
  basePath,
  certificates,
  duration,
  endpoint,
  flag,
  headerSafe,
  host,
  identifier,
  integer,
  masterKeys,
  matching,
  oneOf,
  plainText,
  rate,
  registryHosts,
  size,
  type Format,
} from './formats.js';
import { addressRanges, keysUrl, webOrigins } from './network.js';
import { hostPorts, maskedRedisUrl, redisUrl } from './redis-address.js';

export interface Setting<out T = unknown> {
  readonly format: Format<T>;
  readonly default?: string;
  /** The value is never shown, and can also come from the file that `NAME_FILE` names. */
  readonly secret?: true;
  /** The variable holds a path; the setting's value is the file's content. */
  readonly file?: true;
  /** Shows a secret value in part, for formats of which a part is no secret. Default: nothing of it. */
  readonly masked?: (value: never) => string;
}

const timeToLive = duration('1ms', '365d');

export const settings = {
  PORT: { format: integer(0, 65535), default: '3000' },
  LISTEN_HOST: { format: host, default: '127.0.0.1' },
  LOG_LEVEL: { format: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), default: 'info' },
  LOG_SAMPLE_HITS: { format: integer(1, 1_000_000), default: '1' },
  METRICS_PORT: { format: integer(0, 65535) },
  PUBLIC_BASE_PATH: { format: basePath, default: '/' },
  // The upper limit keeps delay and drain together under 25 s (src/http/graceful-close.ts).
  SHUTDOWN_DELAY: { format: duration('0s', '10s') },

  HSS_REGION: {
    format: matching(/^[a-z\d]+(-[a-z\d]+)*$/, 'a region such as eu-west-101 or ap-southeast-3'),
  },
  HSS_ENDPOINT: { format: endpoint },
  HSS_PROJECT_ID: { format: identifier },
  HSS_ENTERPRISE_PROJECT_ID: { format: identifier },
  HSS_AUTH: { format: oneOf('aksk', 'iam', 'token') },
  CLOUD_SDK_AK: { format: headerSafe, secret: true },
  CLOUD_SDK_SK: { format: headerSafe, secret: true },
  CLOUD_SDK_SECURITY_TOKEN: { format: headerSafe, secret: true },
  IAM_ENDPOINT: { format: endpoint },
  IAM_DOMAIN: { format: plainText },
  IAM_USER: { format: plainText },
  IAM_PASSWORD: { format: anyText, secret: true },
  HSS_TOKEN: { format: headerSafe, secret: true },
  ALLOW_PLAIN_HTTP: { format: flag, default: 'false' },

  HSS_RATE: { format: rate, default: '5/60s' },
  HSS_USER: { format: plainText },
  HSS_RATE_TOTAL: { format: rate, default: '600/60s' },
  FLEET_SIZE: { format: integer(1, 1000), default: '1' },
  INSTANCE_NAME: { format: matching(/^[\w.-]{1,64}$/, '1 to 64 letters, digits and . _ -') },
  HSS_TIMEOUT: { format: duration('100ms', '10m'), default: '10s' },
  REQUEST_DEADLINE: { format: duration('100ms', '10m'), default: '15s' },

  REDIS_URL: { format: redisUrl, secret: true, masked: maskedRedisUrl },
  REDIS_CLUSTER_NODES: { format: hostPorts },
  REDIS_SENTINELS: { format: hostPorts },
  REDIS_SENTINEL_NAME: { format: matching(/^[\w.-]{1,128}$/, '1 to 128 letters, digits and . _ -') },
  REDIS_USERNAME: { format: plainText },
  REDIS_PASSWORD: { format: anyText, secret: true },
  REDIS_SENTINEL_PASSWORD: { format: anyText, secret: true },
  REDIS_TLS: { format: flag },
  REDIS_TLS_CA_FILE: { format: certificates, file: true },
  // Braces are forbidden: in a cluster, braces decide which node holds a key.
  REDIS_KEY_PREFIX: {
    format: matching(/^[\w.:-]{1,64}$/, '1 to 64 letters, digits and . _ : -'),
    default: 'hss-bff',
  },
  SINGLE_INSTANCE: { format: flag, default: 'false' },

  API_KEYS: { format: apiKeyList, secret: true },
  ADMIN_API_KEYS: { format: apiKeyList, secret: true },
  CONSUMERS_FILE: { format: plainText },
  JWT_ISSUER: { format: plainText },
  JWT_AUDIENCE: { format: plainText },
  JWT_JWKS_URL: { format: keysUrl },
  AUTH_FAILURES: { format: rate, default: '100/60s' },
  TRUSTED_PROXIES: { format: addressRanges },
  CORS_ORIGINS: { format: webOrigins },

  TTL_LISTS: { format: timeToLive, default: '60s' },
  TTL_CONTENT: { format: timeToLive, default: '7d' },
  TTL_UNSETTLED: { format: timeToLive, default: '30s' },
  TTL_ABSENT: { format: timeToLive, default: '60s' },
  STALE_IF_ERROR: { format: duration('0s', '365d'), default: '7d' },
  CACHE_MEMORY: { format: size('64KiB', '1024GiB'), default: '256MiB' },
  CATALOG: { format: oneOf('on', 'off'), default: 'on' },
  FACE_MASTER_KEY: { format: masterKeys, secret: true },
  HSS_COMPAT: { format: oneOf('on', 'off'), default: 'off' },
  REGISTRY_HOSTS: { format: registryHosts },
  CONSOLE: { format: oneOf('on', 'off'), default: 'on' },
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

type ValueOf<S> =
  S extends Setting<infer T> ? (S extends { readonly default: string } ? T : T | undefined) : never;

/** A setting with a default always has a value. */
export type SettingValues = { readonly [Name in SettingName]: ValueOf<(typeof settings)[Name]> };

export const settingNames = Object.keys(settings) as readonly SettingName[];
