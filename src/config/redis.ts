/**
 * Reads the address and the credentials of Redis: one server, a cluster, sentinels, or no Redis. Notes a problem for
 * settings of two kinds.
 */
import type { Environment } from './environment.js';
import { isLoopback } from './loopback.js';
import type { HostPort } from './redis-address.js';
import type { SettingName } from './settings.js';

interface RedisAccess {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: null | { readonly caPem?: string };
  readonly keyPrefix: string;
}

export type RedisConfig = RedisAccess &
  (
    | { readonly kind: 'single'; readonly host: string; readonly port: number; readonly db: number }
    | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] }
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly HostPort[];
        readonly masterName: string;
        readonly sentinelPassword: string | undefined;
      }
  );

const kinds = ['REDIS_URL', 'REDIS_CLUSTER_NODES', 'REDIS_SENTINELS'] as const;
const ofSentinels = ['REDIS_SENTINEL_NAME', 'REDIS_SENTINEL_PASSWORD'] as const;
const ofAnyRedis = ['REDIS_USERNAME', 'REDIS_PASSWORD', 'REDIS_TLS', 'REDIS_TLS_CA_FILE'] as const;

export function usesRedis({ given }: Environment): boolean {
  return kinds.some((name) => given.has(name));
}

/**
 * Warnings for the operator at each start: a reader of Redis reads the data, and a writer changes answers and the call
 * budget.
 */
export function unprotectedRedis(redis: RedisConfig): string[] {
  if (hostsOf(redis).every(isLoopback)) return [];
  const warnings: string[] = [];
  if (redis.tls === null)
    warnings.push(
      'Redis is reached without TLS beyond this machine: use rediss:// or REDIS_TLS=true (docs/security.md)',
    );
  if (redis.password === undefined)
    warnings.push(
      'Redis is reached without a password beyond this machine: give this service an ACL user of its own (docs/redis.md)',
    );
  return warnings;
}

function hostsOf(redis: RedisConfig): string[] {
  if (redis.kind === 'single') return [redis.host];
  return (redis.kind === 'cluster' ? redis.nodes : redis.sentinels).map(({ host }) => host);
}

/** @returns null without Redis, or after noting a problem. */
export function redisConfig(environment: Environment): RedisConfig | null {
  const { values, given, problems } = environment;
  const present = namesGiven(environment, kinds);
  if (present.length > 1)
    problems.push(`${present.join(' and ')} contradict each other: keep one kind of Redis`);
  if (!given.has('REDIS_SENTINELS')) {
    for (const name of namesGiven(environment, ofSentinels))
      problems.push(`${name} is set without REDIS_SENTINELS`);
  } else if (!given.has('REDIS_SENTINEL_NAME')) {
    problems.push('REDIS_SENTINEL_NAME is missing: REDIS_SENTINELS needs the name of the group they watch');
  }
  if (present.length === 0) {
    for (const name of namesGiven(environment, ofAnyRedis)) {
      problems.push(`${name} is set without ${kinds.join(', ')}: it would have no effect`);
    }
    return null;
  }

  const access = redisAccess(environment);
  if (values.REDIS_URL !== undefined) {
    const { host, port, db } = values.REDIS_URL;
    return { kind: 'single', host, port, db, ...access };
  }
  if (values.REDIS_CLUSTER_NODES !== undefined) {
    return { kind: 'cluster', nodes: values.REDIS_CLUSTER_NODES, ...access };
  }
  const { REDIS_SENTINELS: sentinels, REDIS_SENTINEL_NAME: masterName } = values;
  if (sentinels === undefined || masterName === undefined) return null;
  return {
    kind: 'sentinel',
    sentinels,
    masterName,
    sentinelPassword: values.REDIS_SENTINEL_PASSWORD,
    ...access,
  };
}

function redisAccess(environment: Environment): RedisAccess {
  const { values, given, problems } = environment;
  const { REDIS_URL: url, REDIS_TLS_CA_FILE: caPem } = values;
  const urlName = given.get('REDIS_URL') ?? 'REDIS_URL';
  const signIn = namesGiven(environment, ['REDIS_USERNAME', 'REDIS_PASSWORD']);
  if (url?.password !== undefined && signIn.length > 0) {
    problems.push(
      `${urlName} holds credentials, which contradicts ${signIn.join(' and ')}: keep one of them`,
    );
  }
  if (given.has('REDIS_USERNAME') && !given.has('REDIS_PASSWORD')) {
    problems.push('REDIS_PASSWORD is missing: REDIS_USERNAME needs it');
  }
  if (url !== undefined && values.REDIS_TLS !== undefined && values.REDIS_TLS !== url.tls) {
    const scheme = url.tls ? 'rediss' : 'redis';
    problems.push(`REDIS_TLS=${values.REDIS_TLS} contradicts the scheme ${scheme}:// of ${urlName}`);
  }
  const tls = url?.tls ?? values.REDIS_TLS ?? false;
  if (given.has('REDIS_TLS_CA_FILE') && !tls && (url !== undefined || !given.has('REDIS_URL'))) {
    problems.push('REDIS_TLS_CA_FILE is set without TLS: use rediss:// or REDIS_TLS=true');
  }
  return {
    username: url?.username ?? values.REDIS_USERNAME,
    password: url?.password ?? values.REDIS_PASSWORD,
    tls: tls ? { ...(caPem !== undefined && { caPem }) } : null,
    keyPrefix: values.REDIS_KEY_PREFIX,
  };
}

function namesGiven({ given }: Environment, names: readonly SettingName[]): string[] {
  return names.flatMap((name) => given.get(name) ?? []);
}
