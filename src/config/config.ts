/**
 * The environment as one frozen, typed object. `service.ts` reads the environment once at the start; no other code in the
 * service reads process.env. Files of credentials are read again after a refusal. Opens no connection: a wrong password
 * shows when a client signs in.
 */
import { apiKeys, type ApiKey } from './api-keys.js';
import { readEnvironment, type Environment, type ReadFile, type Variables } from './environment.js';
import type { Rate } from './formats.js';
import { budgetUser, credentialNames, type CredentialNames } from './credential-names.js';
import { hssConfig, reasonForHss, type HssConfig } from './hss.js';
import { isLoopback } from './loopback.js';
import { proxyConfig, type ProxyConfig } from './proxy.js';
import { redisConfig, unprotectedRedis, usesRedis, type RedisConfig } from './redis.js';
import type { SettingValues } from './settings.js';
import { tracingConfig, type TracingConfig } from './tracing.js';
import { unsafeTransport } from './transport-safety.js';

export interface Config {
  readonly mode: 'demo' | 'hss';
  /** `port` 0 means any free port. `publicBasePath` is `''` or `/x`, without a trailing slash. */
  readonly listen: { readonly host: string; readonly port: number; readonly publicBasePath: string };
  readonly logLevel: SettingValues['LOG_LEVEL'];
  /** One log line in this many for requests that the cache answers. */
  readonly logSampleHits: number;
  /** `undefined`: the metrics are on the main port. 0 means any free port. */
  readonly metricsPort: number | undefined;
  /** `null`: no traces are made. */
  readonly tracing: TracingConfig | null;
  /** After a signal, new requests are still accepted for this long. */
  readonly shutdownDelayMs: number;
  /** `null` exactly in demo mode: the demo calls its own emulator. */
  readonly hss: HssConfig | null;
  /** Settings for calls to the demo's HSS; `null` exactly in hss mode. */
  readonly demo: { readonly enterpriseProjectId: string; readonly timeoutMs: number } | null;
  /** Names the credential's HSS user in the keys of cache and catalog. */
  readonly credential: CredentialNames;
  /** HSS counts the calls of `user`. `rate` is per user and API, `totalRate` per API. */
  readonly budget: {
    readonly user: string;
    readonly rate: Rate;
    readonly totalRate: Rate;
    readonly fleetSize: number;
    /** The same for an instance and its successor. `undefined`: no instance has a successor. */
    readonly instanceName: string | undefined;
  };
  readonly requestDeadlineMs: number;
  /** `null`: the service keeps everything in memory. */
  readonly redis: RedisConfig | null;
  readonly singleInstance: boolean;
  readonly apiKeys: readonly ApiKey[];
  /** The path of the consumers file. `src/consumers` reads it. */
  readonly consumersFile: string | undefined;
  /** `null`: no JWT is accepted. */
  readonly jwt: { readonly issuer: string; readonly audience: string; readonly jwksUrl: string } | null;
  /** Requests with wrong keys, per address and beginning of the key. */
  readonly authFailures: Rate;
  /** `address/bits`. */
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly lifetimes: {
    readonly listsMs: number;
    readonly contentMs: number;
    readonly unsettledMs: number;
    readonly absentMs: number;
    readonly staleIfErrorMs: number;
  };
  readonly cacheMemoryBytes: number;
  readonly hasCatalog: boolean;
  /** Whether the service serves HSS's own form for official SDKs. */
  readonly hasFace: boolean;
  readonly hasConsole: boolean;
  /** Open the secret keys that were issued for official SDKs. The first one seals new ones. */
  readonly masterKeys: readonly string[];
  /** For https calls of HSS, IAM and the issuer of JWTs; `null` without a proxy. */
  readonly proxy: ProxyConfig | null;
  /** Sentences for the log of each start: variables that have no effect, and a Redis that anybody can read. */
  readonly warnings: readonly string[];
  /** Hosts of our registries that HSS does not name: `host` or `host:port`. */
  readonly registryHosts: readonly string[];
}

/** Balancers ask every few seconds whether an instance is ready. */
const productionShutdownDelayMs = 5_000;
/** The demo's terminal shows the next steps for the user. Log lines would hide them. */
const demoLogLevel = 'warn';
const demoEnterpriseProject = 'all_granted_eps';

export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(['The settings are not right:', ...problems].join('\n  '));
    this.name = 'ConfigError';
  }
}

/** @throws ConfigError with all problems at once. */
export function readConfig(variables: Variables, readFile: ReadFile): Config {
  const read = () => readEnvironment(variables, readFile);
  const environment = read();
  const { values, problems } = environment;
  const production = variables['NODE_ENV'] === 'production';
  const reason = reasonForHss(environment, production);
  const hss = reason === undefined ? undefined : hssConfig(environment, reason, production, read);
  const redis = redisConfig(environment);
  const keys = apiKeys(environment);
  problems.push(...contradictions(environment, production));
  if (production && hss) problems.push(...unsafeTransport(environment, hss, variables));
  if (problems.length > 0) throw new ConfigError(problems);
  const warnings = production && redis ? unprotectedRedis(redis) : [];
  const proxy = proxyConfig(variables, warnings);

  return deepFreeze<Config>({
    mode: hss === undefined ? 'demo' : 'hss',
    listen: { host: values.LISTEN_HOST, port: values.PORT, publicBasePath: values.PUBLIC_BASE_PATH },
    logLevel: hss === undefined && !environment.given.has('LOG_LEVEL') ? demoLogLevel : values.LOG_LEVEL,
    logSampleHits: values.LOG_SAMPLE_HITS,
    metricsPort: values.METRICS_PORT,
    tracing: tracingConfig(variables, warnings),
    shutdownDelayMs: values.SHUTDOWN_DELAY ?? (production ? productionShutdownDelayMs : 0),
    hss: hss ?? null,
    demo:
      hss === undefined
        ? {
            enterpriseProjectId: values.HSS_ENTERPRISE_PROJECT_ID ?? demoEnterpriseProject,
            timeoutMs: values.HSS_TIMEOUT,
          }
        : null,
    credential: credentialNames(environment, hss),
    budget: {
      user: budgetUser(environment, hss),
      rate: values.HSS_RATE,
      totalRate: values.HSS_RATE_TOTAL,
      fleetSize: values.FLEET_SIZE,
      instanceName: values.INSTANCE_NAME,
    },
    requestDeadlineMs: values.REQUEST_DEADLINE,
    redis,
    singleInstance: values.SINGLE_INSTANCE,
    apiKeys: keys,
    consumersFile: values.CONSUMERS_FILE,
    jwt: jwtConfig(values),
    authFailures: values.AUTH_FAILURES,
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    corsOrigins: values.CORS_ORIGINS ?? [],
    lifetimes: {
      listsMs: values.TTL_LISTS,
      contentMs: values.TTL_CONTENT,
      unsettledMs: values.TTL_UNSETTLED,
      absentMs: values.TTL_ABSENT,
      staleIfErrorMs: values.STALE_IF_ERROR,
    },
    cacheMemoryBytes: values.CACHE_MEMORY,
    hasCatalog: values.CATALOG === 'on',
    hasFace: values.HSS_COMPAT === 'on',
    hasConsole: values.CONSOLE === 'on',
    masterKeys: values.FACE_MASTER_KEY ?? [],
    proxy,
    warnings,
    registryHosts: values.REGISTRY_HOSTS ?? [],
  });
}

function contradictions(environment: Environment, production: boolean): string[] {
  const { values, given } = environment;
  const { HSS_RATE: rate, HSS_RATE_TOTAL: total, LISTEN_HOST: host } = values;
  const found: string[] = [];
  if (rate.limit * total.windowMs > total.limit * rate.windowMs) {
    found.push(`HSS_RATE (${written(rate)}) must not be above HSS_RATE_TOTAL (${written(total)})`);
  }
  if (values.SINGLE_INSTANCE && values.FLEET_SIZE > 1) {
    found.push(`SINGLE_INSTANCE=true contradicts FLEET_SIZE=${values.FLEET_SIZE}`);
  }
  if (values.METRICS_PORT === values.PORT && values.PORT !== 0) {
    found.push(`METRICS_PORT and PORT are both ${values.PORT}: the metrics need a port of their own`);
  }
  if (production && !usesRedis(environment) && !values.SINGLE_INSTANCE) {
    found.push(
      'REDIS_URL is missing: NODE_ENV=production needs it (or REDIS_CLUSTER_NODES, or REDIS_SENTINELS), or ' +
        'SINGLE_INSTANCE=true for one instance that keeps everything in memory; two instances without Redis would double the rate',
    );
  }
  if (values.HSS_COMPAT === 'on') {
    const missing = (['FACE_MASTER_KEY', 'CONSUMERS_FILE'] as const).filter((name) => !given.has(name));
    found.push(...missing.map((name) => `${name} is missing: HSS_COMPAT=on needs it`));
  }
  const jwtGiven = jwtSettings.filter((name) => given.has(name));
  if (jwtGiven.length > 0 && (jwtGiven.length < jwtSettings.length || !given.has('CONSUMERS_FILE')))
    found.push(
      'JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL go together, and need CONSUMERS_FILE, which names the subjects',
    );
  if (!isLoopback(host) && !sourcesOfKeys.some((name) => given.has(name))) {
    found.push(
      `API_KEYS is missing: LISTEN_HOST is not a loopback address (given: ${JSON.stringify(host)}), ` +
        'so API_KEYS or ADMIN_API_KEYS or CONSUMERS_FILE must be set',
    );
  }
  return found;
}

const jwtSettings = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'] as const;

function jwtConfig(values: SettingValues): Config['jwt'] {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: jwksUrl } = values;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return null;
  return { issuer, audience, jwksUrl };
}

const sourcesOfKeys = ['API_KEYS', 'ADMIN_API_KEYS', 'CONSUMERS_FILE'] as const;

function written({ limit, windowMs }: Rate): string {
  return `${limit}/${windowMs % 1000 === 0 ? `${windowMs / 1000}s` : `${windowMs}ms`}`;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value) as unknown[]) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
