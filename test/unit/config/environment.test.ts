import { describe, expect, it } from '@jest/globals';
import { settingNames, settings, type Setting } from '../../../src/config/settings.js';
import { problems, read, realHss } from './read.js';

describe('a malformed setting', () => {
  it('is reported with the allowed and the given value', () => {
    expect(problems({ PORT: '70000' })).toEqual([
      'PORT must be a whole number from 0 to 65535; given: "70000"',
    ]);
    expect(problems({ LOG_LEVEL: 'verbose' })).toEqual([
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent; given: "verbose"',
    ]);
  });

  it('is reported together with all others', () => {
    const found = problems({
      PORT: 'tcp://10.0.0.1:80',
      HSS_TIMEOUT: '1ms',
      CACHE_MEMORY: 'much',
      HSS_REGOIN: 'x',
    });
    expect(found.map((problem) => problem.split(' ')[0])).toEqual([
      'HSS_REGOIN',
      'PORT',
      'HSS_TIMEOUT',
      'CACHE_MEMORY',
    ]);
    expect(found).toContain('HSS_REGOIN is not a setting; did you mean HSS_REGION?');
  });

  it('is shown without a possible password', () => {
    const [message] = problems({ ...realHss, HSS_ENDPOINT: 'https://me:hunter2@example.com/?token=hunter3' });
    expect(message).toContain('given: "***@example.com/?***"');
    expect(message).not.toMatch(/hunter/);
  });

  it('is shown shortened', () => {
    expect(problems({ TTL_LISTS: 'x'.repeat(5000) }).join().length).toBeLessThan(250);
  });
});

describe('a secret', () => {
  const secrets = settingNames.filter((name) => 'secret' in settings[name]);

  it('is every credential and no other setting', () => {
    expect(secrets).toEqual([
      'CLOUD_SDK_AK',
      'CLOUD_SDK_SK',
      'CLOUD_SDK_SECURITY_TOKEN',
      'IAM_PASSWORD',
      'HSS_TOKEN',
      'REDIS_URL',
      'REDIS_PASSWORD',
      'REDIS_SENTINEL_PASSWORD',
      'API_KEYS',
      'ADMIN_API_KEYS',
      'FACE_MASTER_KEY',
    ]);
  });

  it.each(secrets)('is never shown when %s is malformed', (name) => {
    const format: Setting['format'] = settings[name].format;
    const leak = ' s3cr3t-value-no-one-may-see=s3cr3t ';
    const found = problems({ [name]: leak }).join();
    if (format.parse(leak) === undefined) expect(found).toContain(`${name} must be `);
    expect(found).not.toMatch(/s3cr3t/);
  });

  it('is described by its length', () => {
    expect(problems({ ...realHss, CLOUD_SDK_SK: 'two words' })).toEqual([
      'CLOUD_SDK_SK must be printable ASCII without spaces; given: a value of 9 characters',
    ]);
  });

  it.each(['from-file', 'from-file\n', '\uFEFFfrom-file\r\n', 'from-file\r\n\r\n\n\r'])(
    'is read from a file, without byte order mark and line ends: %j',
    (content) => {
      const given = { ...realHss, CLOUD_SDK_SK: undefined, CLOUD_SDK_SK_FILE: '/run/sk' };
      expect(read(given, { '/run/sk': content }).hss?.auth).toMatchObject({ sk: 'from-file' });
    },
  );

  const faulty = [
    's3cr\u0000et',
    's3cr\net',
    's3cr\tet',
    's3cr\u0085et',
    '"s3cret"',
    "'s3cret'",
    '`s3cret`',
    '""',
  ];
  it.each(secrets.flatMap((name) => faulty.map((text) => [name, text] as const)))(
    '%s=%j is refused by its name alone',
    (name, text) => {
      const expected = /["'`]$/.test(text)
        ? 'must not stand in quotes'
        : 'must not contain control characters';
      for (const [given, files] of [
        [{ [name]: text }, {}],
        [{ [`${name}_FILE`]: '/run/s' }, { '/run/s': `${text}\n` }],
      ] as const) {
        const found = problems(given, files).filter((problem) => / must not /.test(problem));
        expect(found).toEqual([expect.stringContaining(`${Object.keys(given)[0]!} ${expected}`)]);
        expect(found[0]).not.toMatch(/s3cr|et"/);
      }
    },
  );

  it.each(secrets)('%s is refused when its bytes are no UTF-8', (name) => {
    // What a file in latin1, or such a variable, becomes when it is read.
    const text = Buffer.from('p\u00e4ss', 'latin1').toString('utf8');
    for (const [given, files] of [
      [{ [name]: text }, {}],
      [{ [`${name}_FILE`]: '/run/s' }, { '/run/s': text }],
    ] as const)
      expect(problems(given, files)).toContain(`${Object.keys(given)[0]!} must be in UTF-8`);
  });

  it.each([`it's`, `"`, `'a"`, `a"b"`])('may hold quotes that do not surround it: %j', (password) => {
    const iam = {
      HSS_REGION: 'r1',
      HSS_PROJECT_ID: 'p1',
      IAM_DOMAIN: 'd',
      IAM_USER: 'u',
      IAM_PASSWORD: password,
    };
    expect(read(iam).hss?.auth).toMatchObject({ password });
  });

  it('must not be given twice', () => {
    expect(problems({ ...realHss, CLOUD_SDK_SK_FILE: '/run/sk' }, { '/run/sk': 'x' })).toEqual([
      'CLOUD_SDK_SK and CLOUD_SDK_SK_FILE are both set: keep one of them',
    ]);
  });

  it('needs a readable file with content', () => {
    expect(problems({ API_KEYS_FILE: '/gone', ADMIN_API_KEYS_FILE: '/empty' }, { '/empty': '\n' })).toEqual([
      'API_KEYS_FILE must name a readable file; given: "/gone" (ENOENT)',
      'ADMIN_API_KEYS_FILE must name a file with content; "/empty" is empty',
    ]);
  });
});

describe('a name', () => {
  it('with _FILE is refused for a setting that is not a secret', () => {
    expect(problems({ HSS_REGION_FILE: '/x' })).toEqual([
      'HSS_REGION_FILE is not a setting: HSS_REGION is not a secret, set it directly',
    ]);
  });

  it('of another program is ignored, also Kubernetes service links', () => {
    const links = {
      REDIS_PORT: 'tcp://10.0.0.7:6379',
      REDIS_SERVICE_HOST: '10.0.0.7',
      REDIS_PORT_6379_TCP_ADDR: '10.0.0.7',
      HSS_BFF_SERVICE_HOST: '10.0.0.8',
      HSS_BFF_PORT: 'tcp://10.0.0.8:80',
      IAM_SERVICE_HOST: '10.0.0.9',
      IAM_PORT_443_TCP_PROTO: 'tcp',
    };
    expect(
      read({
        PATH: '/bin',
        PORTS: '1',
        AWS_REGION: 'eu-west-1',
        LOGNAME: 'x',
        CLOUD_SDK_VERSION: '500.0.0',
        ...links,
      }).mode,
    ).toBe('demo');
  });

  it('with an empty value counts as not set', () => {
    const empty = Object.fromEntries(
      [...settingNames, 'API_KEYS_FILE', 'HSS_REGOIN', 'CLOUD_SDK_X'].map((name) => [name, '']),
    );
    expect(read(empty)).toEqual(read({}));
  });
});
