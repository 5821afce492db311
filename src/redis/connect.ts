import { Cluster, Redis } from 'ioredis';
import type { RedisConfig } from '../config/redis.js';
import { GuardedConnectors } from './guarded-connector.js';

const connectorsOf = new WeakMap<Redis | Cluster, GuardedConnectors>();

/**
 * Makes the ioredis client for RedisLink from the settings; connects nothing. The client fails fast: no command
 * queues while Redis is away, and the client tries to connect at least twice a second. ioredis has
 * version 6 here: 6 is the maintained line, and the service needs no feature that only version 5 has.
 */
export function createRedis(config: RedisConfig): Redis | Cluster {
  const connectors = new GuardedConnectors();
  const redis = clientOf(config, connectors);
  connectorsOf.set(redis, connectors);
  return redis;
}

/** The last error of any connection of the client, also of those to sentinels and nodes. */
export function lastFaultOf(redis: Redis | Cluster): Error | undefined {
  return connectorsOf.get(redis)?.last;
}

function clientOf(config: RedisConfig, connectors: GuardedConnectors): Redis | Cluster {
  const options = { ...commonOptions, ...access(config), Connector: connectors.direct };
  switch (config.kind) {
    case 'single':
      return new Redis({ ...options, host: config.host, port: config.port, db: config.db });
    case 'sentinel':
      return new Redis({
        ...options,
        Connector: connectors.bySentinels,
        sentinels: config.sentinels.map(({ host, port }) => ({ host, port })),
        name: config.masterName,
        ...(config.sentinelPassword === undefined ? {} : { sentinelPassword: config.sentinelPassword }),
        ...(options.tls ? { enableTLSForSentinelMode: true, sentinelTLS: options.tls } : {}),
        sentinelRetryStrategy: retryDelayMs,
        sentinelCommandTimeout: lookUpLimitMs,
      });
    case 'cluster':
      return new Cluster(
        config.nodes.map(({ host, port }) => ({ host, port })),
        {
          redisOptions: options,
          lazyConnect: true,
          enableOfflineQueue: false,
          clusterRetryStrategy: retryDelayMs,
          slotsRefreshTimeout: lookUpLimitMs,
          // Host names are not resolved here, so that TLS can compare the certificate with the name.
          dnsLookup: (host, found) => found(null, host),
          // A command may follow a slot that moves to another node. No command waits for a failover: the command
          // fails at once, and the next node is asked.
          maxRedirections: 4,
          retryDelayOnTryAgain: 10,
          retryDelayOnFailover: 0,
          retryDelayOnClusterDown: 0,
        },
      );
  }
}

function retryDelayMs(attempt: number): number {
  return Math.min(attempt * 50, 500);
}

/** How long a sentinel or a node may take to name the masters. After this time the next sentinel or node is asked. */
const lookUpLimitMs = 500;

/** Options of every connection: to one server, by sentinels, or to a cluster. */
const commonOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 1_000,
  // A frozen Redis does not answer a FIN, and waiting for the answer would delay the next try. The spread is needed,
  // because ioredis's types lack this option.
  ...{ disconnectTimeout: 200 },
  maxLoadingRetryTime: 500,
  keepAlive: 10_000,
  retryStrategy: retryDelayMs,
  connectionName: 'hss-bff',
  // An ACL user then needs one permission less.
  disableClientInfo: true,
};

function access({ username, password, tls }: RedisConfig): Access {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // NODE_TLS_REJECT_UNAUTHORIZED=0 must not turn the check off.
    ...(tls
      ? { tls: { rejectUnauthorized: true, ...(tls.caPem === undefined ? {} : { ca: tls.caPem }) } }
      : {}),
  };
}

interface Access {
  username?: string;
  password?: string;
  tls?: { rejectUnauthorized: true; ca?: string };
}
