import { describe, expect, it } from '@jest/globals';
import { hostPorts, redisUrl } from '../../../src/config/redis-address.js';
import { problems, read, realHss } from './read.js';

const redis = (variables: Record<string, string>, files?: Record<string, string>) =>
  read(variables, files).redis;
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('REDIS_URL', () => {
  it('is parsed into its parts', () => {
    expect(redis({ REDIS_URL: 'rediss://app:p%40ss@[::1]:7000/3', REDIS_KEY_PREFIX: 'x' })).toEqual({
      kind: 'single',
      host: '::1',
      port: 7000,
      db: 3,
      username: 'app',
      password: 'p@ss',
      tls: {},
      keyPrefix: 'x',
    });
  });

  it('has defaults for missing parts', () => {
    const plain = { kind: 'single', host: 'r', port: 6379, db: 0, username: undefined, password: undefined };
    expect(redis({ REDIS_URL: 'redis://r' })).toEqual({ ...plain, tls: null, keyPrefix: 'hss-bff' });
    expect(redis({ REDIS_URL: 'redis://:pw@r/' })).toMatchObject({ ...plain, password: 'pw' });
  });

  it('takes credentials from separate settings', () => {
    const elsewhere = { REDIS_USERNAME: 'app', REDIS_PASSWORD_FILE: '/pw' };
    expect(redis({ REDIS_URL: 'redis://r', ...elsewhere }, { '/pw': 'secret\n' })).toMatchObject({
      username: 'app',
      password: 'secret',
    });
  });

  it.each([
    'r:6379',
    'http://r',
    'redis://',
    'redis:///0',
    'redis://r/x',
    'redis://r?db=1',
    'redis://r#1',
    'redis://r:0',
    'redis://r:70000',
    'redis://app@r',
    'redis://:%zz@r',
    'redis://a b',
  ])('refuses %j', (text) => {
    expect(redisUrl.parse(text)).toBeUndefined();
  });

  it('must not contradict separate credentials', () => {
    expect(problems({ REDIS_URL: 'redis://:pw@r', REDIS_PASSWORD: 'pw' })).toEqual([
      'REDIS_URL holds credentials, which contradicts REDIS_PASSWORD: keep one of them',
    ]);
  });
});

describe('the kind of Redis', () => {
  it('may be a cluster', () => {
    expect(redis({ REDIS_CLUSTER_NODES: 'a:7000,[::1]:7001', REDIS_TLS: 'true' })).toMatchObject({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: '::1', port: 7001 },
      ],
      tls: {},
    });
  });

  it('may be watched by sentinels', () => {
    const sentinels = { REDIS_SENTINELS: 'a:26379', REDIS_SENTINEL_NAME: 'main' };
    expect(redis(sentinels)).toMatchObject({
      kind: 'sentinel',
      masterName: 'main',
      sentinelPassword: undefined,
    });
    expect(redis({ ...sentinels, REDIS_SENTINEL_PASSWORD: 'pw' })).toMatchObject({ sentinelPassword: 'pw' });
  });

  it('is exactly one', () => {
    expect(problems({ REDIS_URL: 'redis://r', REDIS_CLUSTER_NODES: 'a:1' })).toEqual([
      'REDIS_URL and REDIS_CLUSTER_NODES contradict each other: keep one kind of Redis',
    ]);
    const sentinels = { REDIS_SENTINELS: 'a:1', REDIS_SENTINEL_NAME: 'main' };
    expect(problems({ ...sentinels, REDIS_CLUSTER_NODES: 'a:1' })).toEqual([
      'REDIS_CLUSTER_NODES and REDIS_SENTINELS contradict each other: keep one kind of Redis',
    ]);
  });

  it('has all of its settings or no settings', () => {
    expect(problems({ REDIS_SENTINELS: 'a:1' })[0]).toMatch(/^REDIS_SENTINEL_NAME is missing/);
    expect(problems({ REDIS_SENTINEL_NAME: 'a', REDIS_SENTINEL_PASSWORD: 'pw' })).toEqual([
      'REDIS_SENTINEL_NAME is set without REDIS_SENTINELS',
      'REDIS_SENTINEL_PASSWORD is set without REDIS_SENTINELS',
    ]);
    expect(problems({ REDIS_URL: 'redis://r', REDIS_USERNAME: 'app' })[0]).toMatch(
      /^REDIS_PASSWORD is missing/,
    );
    expect(problems({ REDIS_PASSWORD: 'pw' })).toEqual([
      'REDIS_PASSWORD is set without REDIS_URL, REDIS_CLUSTER_NODES, REDIS_SENTINELS: it would have no effect',
    ]);
  });

  it.each(['a', 'a:', ':1', 'a:0', 'a:65536', 'a:1,', 'a:1, b:1', '::1:1', 'redis://a:1'])(
    'has no node %j',
    (text) => {
      expect(hostPorts.parse(text)).toBeUndefined();
    },
  );
});

describe('TLS to Redis', () => {
  it('agrees with the scheme', () => {
    expect(problems({ REDIS_URL: 'redis://r', REDIS_TLS: 'true' })).toEqual([
      'REDIS_TLS=true contradicts the scheme redis:// of REDIS_URL',
    ]);
    expect(problems({ REDIS_URL: 'rediss://r', REDIS_TLS: 'false' })).toHaveLength(1);
    expect(redis({ REDIS_URL: 'rediss://r', REDIS_TLS: 'true' })?.tls).toEqual({});
  });

  it('trusts the certificates of a file', () => {
    const given = { REDIS_URL: 'rediss://r', REDIS_TLS_CA_FILE: '/ca.pem' };
    expect(redis(given, { '/ca.pem': pem })?.tls).toEqual({ caPem: pem.trimEnd() });
    expect(problems(given)).toEqual([
      'REDIS_TLS_CA_FILE must name a readable file; given: "/ca.pem" (ENOENT)',
    ]);
    expect(problems(given, { '/ca.pem': 'key' })[0]).toMatch(
      /^REDIS_TLS_CA_FILE must be a file of PEM certificates/,
    );
  });

  it('must be on when certificates are given', () => {
    expect(problems({ REDIS_URL: 'redis://r', REDIS_TLS_CA_FILE: '/ca' }, { '/ca': pem })).toEqual([
      'REDIS_TLS_CA_FILE is set without TLS: use rediss:// or REDIS_TLS=true',
    ]);
  });
});

describe('a warning about Redis', () => {
  const production = { ...realHss, NODE_ENV: 'production', HSS_USER: 'u' };
  const plain = /^Redis is reached without TLS/;
  const open = /^Redis is reached without a password/;
  it.each<[string, Record<string, string>, RegExp[]]>([
    ['no TLS and no password', { REDIS_URL: 'redis://r' }, [plain, open]],
    ['no TLS', { REDIS_URL: 'redis://app:pw@r' }, [plain]],
    ['no password', { REDIS_URL: 'rediss://r' }, [open]],
    ['nothing', { REDIS_URL: 'rediss://app:pw@r' }, []],
    ['nothing on this machine', { REDIS_URL: 'redis://127.0.0.1' }, []],
    ['nothing on this machine by IPv6', { REDIS_URL: 'redis://[::1]:7000' }, []],
    ['one node elsewhere', { REDIS_CLUSTER_NODES: '127.0.0.1:1,n2:1' }, [plain, open]],
    ['all nodes here', { REDIS_CLUSTER_NODES: '127.0.0.1:1,localhost:2' }, []],
    [
      'sentinels elsewhere',
      { REDIS_SENTINELS: 's:1', REDIS_SENTINEL_NAME: 'm', REDIS_PASSWORD: 'p' },
      [plain],
    ],
  ])('in production says %s', (_, variables, expected) => {
    const { warnings } = read({ ...production, ...variables });
    expect(warnings).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
    expect(read({ ...realHss, ...variables }).warnings).toEqual([]);
  });
});
