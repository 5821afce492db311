import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from '../../../src/config/config.js';
import { fileReader, read, realHss } from './read.js';

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(read({})).toEqual({
      mode: 'demo',
      listen: { host: '127.0.0.1', port: 3000, publicBasePath: '' },
      logLevel: 'warn',
      logSampleHits: 1,
      tracing: null,
      shutdownDelayMs: 0,
      hss: null,
      demo: { enterpriseProjectId: 'all_granted_eps', timeoutMs: 10_000 },
      credential: { user: 'demo', formerUsers: ['default'] },
      budget: {
        user: 'demo',
        rate: { limit: 5, windowMs: 60_000 },
        totalRate: { limit: 600, windowMs: 60_000 },
        fleetSize: 1,
      },
      requestDeadlineMs: 15_000,
      redis: null,
      singleInstance: false,
      apiKeys: [],
      jwt: null,
      authFailures: { limit: 100, windowMs: 60_000 },
      trustedProxies: [],
      corsOrigins: [],
      lifetimes: {
        listsMs: 60_000,
        contentMs: 604_800_000,
        unsettledMs: 30_000,
        absentMs: 60_000,
        staleIfErrorMs: 604_800_000,
      },
      cacheMemoryBytes: 268_435_456,
      hasCatalog: true,
      hasFace: false,
      hasConsole: true,
      masterKeys: [],
      proxy: null,
      warnings: [],
      registryHosts: [],
    });
  });

  it('puts every setting into its field', () => {
    const given = {
      PORT: '0',
      LISTEN_HOST: '::1',
      LOG_LEVEL: 'silent',
      SHUTDOWN_DELAY: '2s',
      PUBLIC_BASE_PATH: '/images/',
      HSS_RATE: '1/1s',
      HSS_RATE_TOTAL: '2/1s',
      FLEET_SIZE: '3',
      HSS_TIMEOUT: '4s',
      REQUEST_DEADLINE: '5s',
      TTL_LISTS: '6s',
      TTL_CONTENT: '7s',
      TTL_UNSETTLED: '8s',
      TTL_ABSENT: '9s',
      STALE_IF_ERROR: '0s',
      CACHE_MEMORY: '1048576',
      CATALOG: 'off',
      CONSUMERS_FILE: '/etc/consumers.yaml',
    };
    expect(read({ ...realHss, ...given })).toMatchObject({
      mode: 'hss',
      demo: null,
      listen: { host: '::1', port: 0, publicBasePath: '/images' },
      logLevel: 'silent',
      shutdownDelayMs: 2000,
      hss: { timeoutMs: 4000 },
      budget: { rate: { limit: 1, windowMs: 1000 }, totalRate: { limit: 2, windowMs: 1000 }, fleetSize: 3 },
      requestDeadlineMs: 5000,
      lifetimes: { listsMs: 6000, contentMs: 7000, unsettledMs: 8000, absentMs: 9000, staleIfErrorMs: 0 },
      cacheMemoryBytes: 1_048_576,
      hasCatalog: false,
      consumersFile: '/etc/consumers.yaml',
    });
  });

  it('goes on accepting for five seconds after a signal in production only', () => {
    const production = { ...realHss, NODE_ENV: 'production', SINGLE_INSTANCE: 'true' };
    expect(read(production).shutdownDelayMs).toBe(5_000);
    expect(read({ ...production, SHUTDOWN_DELAY: '0s' }).shutdownDelayMs).toBe(0);
    expect(read(realHss).shutdownDelayMs).toBe(0);
    expect(() => read({ SHUTDOWN_DELAY: '11s' })).toThrow(/SHUTDOWN_DELAY must/);
  });

  it('returns a deeply frozen object', () => {
    const config = read({ ...realHss, REDIS_CLUSTER_NODES: 'a:1', API_KEYS: 'a=0123456789abcdef' });
    const thawed: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) thawed.push(path);
      for (const [name, part] of Object.entries(value)) walk(part, `${path}.${name}`);
    };
    walk(config, 'config');
    expect(thawed).toEqual([]);
  });

  it('throws one error with a line for each problem', () => {
    const reading = () => readConfig({ PORT: 'x', LOG_LEVEL: 'y' }, fileReader({}));
    expect(reading).toThrow(ConfigError);
    expect(reading).toThrow(/^The settings are not right:\n {2}PORT must .*\n {2}LOG_LEVEL must .*$/);
  });
});
