import { describe, expect, it } from '@jest/globals';
import fc from '../../support/fast-check.js';
import { editDistance, nearMiss } from '../../../src/config/near-miss.js';
import { settingNames } from '../../../src/config/settings.js';

/** Variables of other programs. */
const otherPrograms = [
  'PORTS HOST PATH PWD HOME LANG TERM USER LOGNAME LOG_FILE NODE_ENV AWS_REGION',
  'OSS_REGION RAM_ENDPOINT SSH_USER RDS_USER DB_USER CACHE_DIR API_URL REDIS_HOST',
  'REDIS_PORT REDIS_DB REDIS_TTL REDIS_SERVICE_HOST REDIS_SERVICE_PORT_TLS',
  'REDIS_PORT_6379_TCP REDIS_PORT_6379_TCP_ADDR HSS_PORT HSS_BFF_PORT',
  'HSS_BFF_SERVICE_HOST LISTEN_PORT IAM_ROLE CLOUD_RUN_JOB CLOUD_SDK_VERSION',
  'CLOUD_SDK_CA KUBERNETES_SERVICE_HOST npm_config_user_agent',
].flatMap((line) => line.split(' '));

describe('nearMiss', () => {
  it.each([
    ['HSS_REGOIN', 'HSS_REGION'],
    ['HSS_REGON', 'HSS_REGION'],
    ['HSS_REIGN', 'HSS_REGION'],
    ['hss_region', 'HSS_REGION'],
    ['HS_REGION', 'HSS_REGION'],
    ['HSSREGION', 'HSS_REGION'],
    ['SHS_REGION', 'HSS_REGION'],
    ['HSS_PROJECTID', 'HSS_PROJECT_ID'],
    ['REDIS_URI', 'REDIS_URL'],
    ['REDDIS_URL', 'REDIS_URL'],
    ['CLOUD_SKD_AK', 'CLOUD_SDK_AK'],
    ['API_KEY', 'API_KEYS'],
    ['TTL_LIST', 'TTL_LISTS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['SINGEL_INSTANCE', 'SINGLE_INSTANCE'],
    ['PROT', 'PORT'],
  ])('takes %s for a misspelled %s', (name, meant) => {
    expect(nearMiss(name, settingNames)).toBe(meant);
  });

  it.each(otherPrograms)('ignores %s', (name) => {
    expect(nearMiss(name, settingNames)).toBeUndefined();
  });

  it('finds every setting with a family when two neighbours are swapped', () => {
    const familiar = settingNames.filter((name) => name.includes('_'));
    fc.assert(
      fc.property(fc.constantFrom(...familiar), fc.nat(), (name, seed) => {
        const at = seed % (name.length - 1);
        const swapped = `${name.slice(0, at)}${name[at + 1] ?? ''}${name[at] ?? ''}${name.slice(at + 2)}`;
        expect(nearMiss(swapped, settingNames)).toBeDefined();
      }),
    );
  });
});

describe('editDistance', () => {
  it('counts a missing, added, replaced or swapped letter as one', () => {
    expect(
      ['REGON', 'REGIION', 'REGIUN', 'REGOIN', 'REGION', ''].map((word) => editDistance(word, 'REGION')),
    ).toEqual([1, 1, 1, 1, 0, 6]);
  });

  it('is symmetric and never above the length of the longer word', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
