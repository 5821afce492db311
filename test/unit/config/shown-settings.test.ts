// What --print-config shows of each setting. settings-command.test.ts has the command, and that no secret is shown.
import { describe, expect, it } from '@jest/globals';
import { settingNames, type SettingName } from '../../../src/config/settings.js';
import { shownSettings } from '../../../src/config/shown-settings.js';
import { fileReader, read, realHss } from './read.js';

const certificate = '-----BEGIN CERTIFICATE-----';
const files = { '/ca.pem': certificate };

/** For each setting the value that is in force without the setting; null: the setting has none. */
const inForce: Record<SettingName, { demo: string | null; hss?: string | null }> = {
  PORT: { demo: '3000' },
  LISTEN_HOST: { demo: '127.0.0.1' },
  LOG_LEVEL: { demo: 'warn', hss: 'info' },
  LOG_SAMPLE_HITS: { demo: '1' },
  METRICS_PORT: { demo: null },
  PUBLIC_BASE_PATH: { demo: '/' },
  SHUTDOWN_DELAY: { demo: '0s' },
  HSS_REGION: { demo: null, hss: 'eu-west-101' },
  HSS_ENDPOINT: { demo: null, hss: 'https://hss.eu-west-101.myhuaweicloud.eu' },
  HSS_PROJECT_ID: { demo: null, hss: 'p1' },
  HSS_ENTERPRISE_PROJECT_ID: { demo: 'all_granted_eps', hss: null },
  HSS_AUTH: { demo: null, hss: 'aksk' },
  CLOUD_SDK_AK: { demo: null, hss: '***' },
  CLOUD_SDK_SK: { demo: null, hss: '***' },
  CLOUD_SDK_SECURITY_TOKEN: { demo: null },
  IAM_ENDPOINT: { demo: null, hss: 'https://iam.eu-west-101.myhuaweicloud.eu' },
  IAM_DOMAIN: { demo: null },
  IAM_USER: { demo: null },
  IAM_PASSWORD: { demo: null },
  HSS_TOKEN: { demo: null },
  ALLOW_PLAIN_HTTP: { demo: 'false' },
  HSS_RATE: { demo: '5/60s' },
  HSS_USER: { demo: 'demo', hss: 'ak-6394aa02978125ee' },
  HSS_RATE_TOTAL: { demo: '600/60s' },
  FLEET_SIZE: { demo: '1' },
  INSTANCE_NAME: { demo: null },
  HSS_TIMEOUT: { demo: '10s' },
  REQUEST_DEADLINE: { demo: '15s' },
  REDIS_URL: { demo: null },
  REDIS_CLUSTER_NODES: { demo: null },
  REDIS_SENTINELS: { demo: null },
  REDIS_SENTINEL_NAME: { demo: null },
  REDIS_USERNAME: { demo: null },
  REDIS_PASSWORD: { demo: null },
  REDIS_SENTINEL_PASSWORD: { demo: null },
  REDIS_TLS: { demo: null },
  REDIS_TLS_CA_FILE: { demo: null },
  REDIS_KEY_PREFIX: { demo: 'hss-bff' },
  SINGLE_INSTANCE: { demo: 'false' },
  API_KEYS: { demo: null },
  ADMIN_API_KEYS: { demo: null },
  CONSUMERS_FILE: { demo: null },
  JWT_ISSUER: { demo: null },
  JWT_AUDIENCE: { demo: null },
  JWT_JWKS_URL: { demo: null },
  AUTH_FAILURES: { demo: '100/60s' },
  TRUSTED_PROXIES: { demo: null },
  CORS_ORIGINS: { demo: null },
  TTL_LISTS: { demo: '60s' },
  TTL_CONTENT: { demo: '7d' },
  TTL_UNSETTLED: { demo: '30s' },
  TTL_ABSENT: { demo: '60s' },
  STALE_IF_ERROR: { demo: '7d' },
  CACHE_MEMORY: { demo: '256MiB' },
  CATALOG: { demo: 'on' },
  FACE_MASTER_KEY: { demo: null },
  HSS_COMPAT: { demo: 'off' },
  REGISTRY_HOSTS: { demo: null },
  CONSOLE: { demo: 'on' },
};

function shown(variables: Record<string, string>): Map<string, string | null> {
  const lines = shownSettings(variables, fileReader(files), read(variables, files));
  return new Map(
    lines.map((line) => {
      const [, name = '', value] = /^(?:# )?(\w+)(?:=(.*)| is not set)$/.exec(line) ?? [];
      return [name, value ?? null];
    }),
  );
}

describe('the settings in force', () => {
  const [demo, hss] = [shown({}), shown(realHss)];

  it.each(settingNames)('show what %s is without being set', (name) => {
    const expected = inForce[name];
    expect(demo.get(name)).toBe(expected.demo);
    expect(hss.get(name)).toBe(expected.hss === undefined ? expected.demo : expected.hss);
  });

  it('hold each setting once, and nothing else', () => expect([...hss.keys()]).toEqual([...settingNames]));

  const iam = { HSS_REGION: 'cn-north-4', HSS_PROJECT_ID: 'p1', IAM_DOMAIN: 'd', IAM_USER: 'u' };
  const token = { HSS_REGION: 'cn-north-4', HSS_PROJECT_ID: 'p1', HSS_TOKEN: 't' };
  it.each<[string, Record<string, string>, SettingName, string | null]>([
    ['production', { ...realHss, NODE_ENV: 'production', SINGLE_INSTANCE: 'true' }, 'SHUTDOWN_DELAY', '5s'],
    ['IAM', { ...iam, IAM_PASSWORD: 'p' }, 'HSS_AUTH', 'iam'],
    ['IAM', { ...iam, IAM_PASSWORD: 'p' }, 'HSS_USER', 'u'],
    ['IAM', { ...iam, IAM_PASSWORD: 'p' }, 'IAM_ENDPOINT', 'https://iam.cn-north-4.myhuaweicloud.com'],
    ['a token', token, 'HSS_AUTH', 'token'],
    ['Redis', { ...realHss, REDIS_URL: 'redis://r' }, 'REDIS_TLS', 'false'],
    ['Redis with TLS', { ...realHss, REDIS_URL: 'rediss://r' }, 'REDIS_TLS', 'true'],
    ['an empty LOG_LEVEL in the demo', { LOG_LEVEL: '' }, 'LOG_LEVEL', 'warn'],
    ['a LOG_LEVEL in the demo', { LOG_LEVEL: 'debug' }, 'LOG_LEVEL', 'debug'],
    // The budget and the cache name a token by two names, so no value of HSS_USER is in force.
    ['a token', token, 'HSS_USER', null],
  ])('with %s: %j gives %s=%s', (_, variables, name, value) =>
    expect(shown(variables).get(name)).toBe(value),
  );

  it('mean the same when they are read again', () => {
    const given = { ...realHss, REDIS_URL: 'rediss://r', REDIS_TLS_CA_FILE: '/ca.pem', TTL_LISTS: '5m' };
    const again = Object.fromEntries(
      [...shown(given)].filter((pair): pair is [string, string] => pair[1] !== null),
    );
    const secrets = { CLOUD_SDK_AK: realHss.CLOUD_SDK_AK, CLOUD_SDK_SK: realHss.CLOUD_SDK_SK };
    const { credential, ...config } = read(given, files);
    const { credential: credentialAgain, ...configAgain } = read({ ...again, ...secrets }, files);
    expect(configAgain).toEqual(config);
    expect(credentialAgain.user).toBe(credential.user);
  });
});
