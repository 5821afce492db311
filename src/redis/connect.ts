import { Cluster, Redis } from 'ioredis';
import type { RedisConfig } from '../config/redis.js';

/**
 * A connection that fails fast: nothing queues while Redis is away, and it is tried again twice a second at least.
 * ioredis 6 rather than 5: it is the maintained line, and nothing here needs what 5 had.
 */
export function createRedis(config: RedisConfig): Redis | Cluster {
  const options = { ...ofEveryConnection, ...access(config) };
  switch (config.kind) {
    case 'single':
      return new Redis({ ...options, host: config.host, port: config.port, db: config.db });
    case 'sentinel':
      return new Redis({
        ...options,
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
          // Names stay names, so that a certificate can be held against them.
          dnsLookup: (host, found) => found(null, host),
          // A command may follow slots that move, but nothing waits for a failover: it fails, and the next one is asked.
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

/** What a sentinel or a node may take to tell where the masters are, before the next one is asked. */
const lookUpLimitMs = 500;

const ofEveryConnection = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 1_000,
  // Missing in ioredis's types: a frozen Redis does not answer a FIN, and waiting for it would delay the next try.
  ...{ disconnectTimeout: 200 },
  maxLoadingRetryTime: 500,
  keepAlive: 10_000,
  retryStrategy: retryDelayMs,
  connectionName: 'hss-bff',
  // One permission less that an ACL user needs.
  disableClientInfo: true,
};

function access({ username, password, tls }: RedisConfig): Access {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: tls.caPem === undefined ? {} : { ca: tls.caPem } } : {}),
  };
}

interface Access {
  username?: string;
  password?: string;
  tls?: { ca?: string };
}
