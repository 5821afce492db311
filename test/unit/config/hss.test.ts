import { describe, expect, it } from '@jest/globals';
import { dataScope } from '../../../src/config/data-scope.js';
import { regionEndpoint } from '../../../src/config/endpoints.js';
import { problems, read, realHss } from './read.js';

const names = (found: readonly string[]) => found.map((problem) => problem.split(' ')[0]);
const alone = { NODE_ENV: 'production', SINGLE_INSTANCE: 'true' };
const place = { HSS_REGION: 'cn-north-4', HSS_PROJECT_ID: 'p1' };

describe('the demo', () => {
  it('runs when no setting names an HSS', () => {
    expect(read({})).toMatchObject({ mode: 'demo', hss: null, demo: { timeoutMs: 10_000 } });
  });

  it('keeps settings for rates, times, Redis and keys', () => {
    const tuned = read({
      HSS_RATE: '10/1s',
      HSS_TIMEOUT: '2s',
      TTL_LISTS: '1s',
      HSS_USER: 'me',
      REDIS_URL: 'redis://127.0.0.1',
      API_KEYS: 'a=0123456789abcdef',
    });
    expect(tuned).toMatchObject({ mode: 'demo', demo: { timeoutMs: 2000 }, budget: { user: 'me' } });
  });

  it.each([
    'HSS_REGION',
    'HSS_ENDPOINT',
    'HSS_PROJECT_ID',
    'HSS_AUTH',
    'HSS_TOKEN',
    'HSS_TOKEN_FILE',
    'CLOUD_SDK_AK',
    'CLOUD_SDK_SK_FILE',
    'CLOUD_SDK_SECURITY_TOKEN',
    'IAM_ENDPOINT',
    'IAM_PASSWORD_FILE',
  ])('never runs when %s is set', (name) => {
    const value = name.endsWith('_ENDPOINT') ? 'http://127.0.0.1:1' : 'iam';
    expect(problems({ [name]: value }, { iam: 'x' }).join()).toContain(`${name} is set`);
  });
});

describe('a partial set', () => {
  it('lists all missing settings and the reason', () => {
    expect(problems({ HSS_ENDPOINT: 'http://127.0.0.1:1' })).toEqual([
      'HSS_REGION is missing: the real HSS needs it, and HSS_ENDPOINT is set',
      'HSS_PROJECT_ID is missing: the real HSS needs it, and HSS_ENDPOINT is set',
      'HSS_AUTH is missing: one of aksk (with CLOUD_SDK_AK, CLOUD_SDK_SK), ' +
        'iam (with IAM_DOMAIN, IAM_USER, IAM_PASSWORD), token (with HSS_TOKEN), and HSS_ENDPOINT is set',
    ]);
  });

  it('is reported for production without settings', () => {
    const found = problems({ NODE_ENV: 'production' });
    expect(names(found)).toEqual(['HSS_REGION', 'HSS_PROJECT_ID', 'HSS_AUTH', 'REDIS_URL']);
    expect(found[0]).toContain('NODE_ENV=production has no demo');
  });

  it.each([
    ['aksk', ['CLOUD_SDK_AK', 'CLOUD_SDK_SK']],
    ['iam', ['IAM_DOMAIN', 'IAM_USER', 'IAM_PASSWORD']],
    ['token', ['HSS_TOKEN']],
  ])('lists what HSS_AUTH=%s needs', (kind, needed) => {
    expect(names(problems({ ...place, HSS_AUTH: kind }))).toEqual(needed);
  });

  it('with some credentials of one kind lists the rest of that kind', () => {
    expect(names(problems({ ...place, IAM_USER: 'ops' }))).toEqual(['IAM_DOMAIN', 'IAM_PASSWORD']);
    expect(names(problems({ ...place, CLOUD_SDK_SECURITY_TOKEN: 't' }))).toEqual([
      'CLOUD_SDK_AK',
      'CLOUD_SDK_SK',
    ]);
  });

  it('does not call a malformed setting missing', () => {
    expect(problems({ ...realHss, HSS_REGION: 'EU West' })).toEqual([
      'HSS_REGION must be a region such as eu-west-101 or ap-southeast-3; given: "EU West"',
    ]);
    expect(names(problems({ ...place, HSS_AUTH: 'basic' }))).toEqual(['HSS_AUTH']);
  });
});

describe('credentials', () => {
  it.each([
    [
      { CLOUD_SDK_AK: 'a', CLOUD_SDK_SK: 's' },
      { kind: 'aksk', ak: 'a', sk: 's' },
    ],
    [
      { CLOUD_SDK_AK: 'a', CLOUD_SDK_SK: 's', CLOUD_SDK_SECURITY_TOKEN: 't' },
      { kind: 'aksk', ak: 'a', sk: 's', securityToken: 't' },
    ],
    [
      { IAM_DOMAIN: 'd', IAM_USER: 'u', IAM_PASSWORD: ' p ' },
      { kind: 'iam', domain: 'd', user: 'u', password: ' p ' },
    ],
    [{ HSS_TOKEN: 't' }, { kind: 'token', token: 't' }],
  ])('of a single kind need no HSS_AUTH: %j', (given, auth) => {
    expect(read({ ...place, ...given }).hss?.auth).toEqual(auth);
    expect(read({ ...place, ...given, HSS_AUTH: auth.kind }).hss?.auth).toEqual(auth);
  });

  it('of two kinds contradict each other', () => {
    expect(problems({ ...realHss, HSS_TOKEN: 't' })).toEqual([
      'HSS_AUTH is missing and the credentials contradict each other: ' +
        'CLOUD_SDK_AK, CLOUD_SDK_SK for aksk, HSS_TOKEN for token; keep the credentials of one kind',
    ]);
  });

  it('of another kind contradict HSS_AUTH', () => {
    const iam = { HSS_AUTH: 'iam', IAM_DOMAIN: 'd', IAM_USER: 'u', IAM_PASSWORD: 'p' };
    expect(problems({ ...place, ...iam, CLOUD_SDK_AK_FILE: '/ak' }, { '/ak': 'a' })).toEqual([
      'HSS_AUTH=iam contradicts CLOUD_SDK_AK_FILE: these settings belong to aksk',
    ]);
  });
});

describe('the endpoint', () => {
  it('follows the region', () => {
    expect(regionEndpoint('hss', 'ap-southeast-3')).toBe('https://hss.ap-southeast-3.myhuaweicloud.com');
    expect(read(realHss).hss).toEqual({
      endpoint: 'https://hss.eu-west-101.myhuaweicloud.eu',
      iamEndpoint: 'https://iam.eu-west-101.myhuaweicloud.eu',
      region: 'eu-west-101',
      projectId: 'p1',
      enterpriseProjectId: undefined,
      auth: { kind: 'aksk', ak: 'AKEXAMPLE', sk: 'sk-example-secret' },
      timeoutMs: 10_000,
    });
  });

  it('can be set', () => {
    const endpoints = { HSS_ENDPOINT: 'http://127.0.0.1:4000/', IAM_ENDPOINT: 'http://127.0.0.1:4001' };
    expect(
      read({ ...realHss, ...endpoints, HSS_ENTERPRISE_PROJECT_ID: 'all_granted_eps' }).hss,
    ).toMatchObject({
      endpoint: 'http://127.0.0.1:4000',
      iamEndpoint: 'http://127.0.0.1:4001',
      enterpriseProjectId: 'all_granted_eps',
    });
  });
});

describe('the budget', () => {
  it('belongs to HSS_USER, else the IAM user, else a hash', () => {
    const iam = { ...place, IAM_DOMAIN: 'd', IAM_USER: 'ops user', IAM_PASSWORD: 'p' };
    expect(read({ ...realHss, HSS_USER: 'shared' }).budget.user).toBe('shared');
    expect(read({ ...iam, HSS_USER: 'shared' }).budget.user).toBe('shared');
    expect(read(iam).budget.user).toBe('ops user');
    expect(read(realHss).budget.user).toMatch(/^ak-[\da-f]{16}$/);
    expect(read({ ...place, HSS_TOKEN: 'one' }).budget.user).toMatch(/^token-[\da-f]{16}$/);
    expect(read({ ...place, HSS_TOKEN: 'two' }).budget.user).toBe(
      read({ ...place, HSS_TOKEN: 'one' }).budget.user,
    );
  });

  it('is never above the total, for any windows', () => {
    expect(read({ HSS_RATE: '10/1s', HSS_RATE_TOTAL: '600/60s' }).budget.rate).toEqual({
      limit: 10,
      windowMs: 1000,
    });
    expect(problems({ HSS_RATE: '11/1s' })).toEqual([
      'HSS_RATE (11/1s) must not be above HSS_RATE_TOTAL (600/60s)',
    ]);
  });
});

describe('the user of a credential', () => {
  const iam = { ...place, IAM_DOMAIN: 'd', IAM_USER: 'ops', IAM_PASSWORD: 'p' };

  it.each([
    [{ ...realHss, HSS_USER: 'shared' }, 'shared', ['shared', 'default']],
    [{ ...realHss, HSS_USER: 'default' }, 'default', ['default']],
    [{ ...iam, HSS_USER: 'shared' }, 'shared', ['shared', 'ops']],
    [iam, 'ops', ['ops']],
    [realHss, expect.stringMatching(/^ak-[\da-f]{16}$/), ['default']],
    [{ ...place, HSS_TOKEN: 'one' }, expect.stringMatching(/^token-[\da-f]{16}$/), ['default']],
  ])(
    '%#: HSS_USER, else the IAM user, else a hash; before, the name of 0.1.0',
    (given, user, formerUsers) => {
      expect(read(given).credential).toEqual({ user, formerUsers });
    },
  );

  it('is another one for another key or token without HSS_USER', () => {
    const userOf = (given: Record<string, string>) => read({ ...place, ...given }).credential.user;
    const keys = ['a', 'b'].map((ak) => userOf({ CLOUD_SDK_AK: ak, CLOUD_SDK_SK: 's' }));
    const tokens = ['a', 'b'].map((token) => userOf({ HSS_TOKEN: token }));
    expect(new Set([...keys, ...tokens]).size).toBe(4);
  });

  it.each(['aksk', 'token'])('must have a name in production with Redis and HSS_AUTH=%s', (kind) => {
    const given = kind === 'aksk' ? realHss : { ...place, HSS_TOKEN: 't' };
    const production = { ...given, NODE_ENV: 'production', REDIS_URL: 'redis://r' };
    expect(problems(production)).toEqual([
      expect.stringMatching(
        new RegExp(`^HSS_USER is missing: .*HSS_AUTH=${kind} needs it. Set it to the name`),
      ),
    ]);
    expect(read({ ...production, HSS_USER: 'me' }).credential.user).toBe('me');
    expect(read({ ...production, REDIS_URL: '', SINGLE_INSTANCE: 'true' }).redis).toBeNull();
    expect(read({ ...iam, NODE_ENV: 'production', REDIS_URL: 'redis://r' }).credential.user).toBe('ops');
  });
});

describe('the scope of the data', () => {
  it('names endpoint, region, project and user; the former scopes are those of 0.1.0', () => {
    const { hss, credential } = read({ ...realHss, HSS_USER: 'team a' });
    expect(dataScope(hss!, credential)).toEqual({
      scope: 'hss.eu-west-101.myhuaweicloud.eu:eu-west-101:p1:team%20a',
      formerScopes: ['eu-west-101:p1:team%20a', 'eu-west-101:p1:default'],
    });
    const elsewhere = read({ ...realHss, HSS_USER: 'team a', HSS_ENDPOINT: 'http://127.0.0.1:4000' });
    expect(dataScope(elsewhere.hss!, elsewhere.credential).scope).toContain('127.0.0.1%3A4000:');
  });
});

describe('production', () => {
  it('needs Redis or SINGLE_INSTANCE=true', () => {
    expect(names(problems({ ...realHss, NODE_ENV: 'production' }))).toEqual(['REDIS_URL']);
    expect(read({ ...realHss, ...alone })).toMatchObject({ redis: null, singleInstance: true });
    const named = { ...realHss, HSS_USER: 'me', NODE_ENV: 'production' };
    expect(read({ ...named, REDIS_URL: 'redis://r' }).redis?.kind).toBe('single');
  });

  it('reports a malformed Redis as malformed, not as missing', () => {
    const named = { ...realHss, HSS_USER: 'me', NODE_ENV: 'production' };
    expect(problems({ ...named, REDIS_URL: 'r' })).toHaveLength(1);
  });

  it('refuses a fleet of a single instance', () => {
    expect(problems({ ...realHss, ...alone, FLEET_SIZE: '3' })).toEqual([
      'SINGLE_INSTANCE=true contradicts FLEET_SIZE=3',
    ]);
  });
});
