import { describe, expect, it } from '@jest/globals';
import fc from '../../support/fast-check.js';
import {
  basePath,
  duration,
  endpoint,
  flag,
  host,
  integer,
  oneOf,
  rate,
  registryHosts,
  size,
} from '../../../src/config/formats.js';
import { settingNames, settings, type Setting } from '../../../src/config/settings.js';

describe('duration', () => {
  const anyDuration = duration('0ms', '100000d');

  it('counts every unit in milliseconds', () => {
    const unit = fc.constantFrom<[string, number][]>(
      ['ms', 1],
      ['s', 1000],
      ['m', 60_000],
      ['h', 3_600_000],
      ['d', 86_400_000],
    );
    fc.assert(
      fc.property(fc.nat(100_000), unit, (count, [name, ms]) => {
        expect(anyDuration.parse(`${count}${name}`)).toBe(count * ms);
      }),
    );
  });

  it('accepts its bounds and no value beyond', () => {
    fc.assert(
      fc.property(fc.nat(3000), (ms) => {
        expect(duration('250ms', '2s').parse(`${ms}ms`)).toBe(ms >= 250 && ms <= 2000 ? ms : undefined);
      }),
    );
  });

  it.each([
    '',
    '10',
    's',
    '1.5s',
    '-1s',
    '10 s',
    '10S',
    '1w',
    '1s1s',
    '99999999999999999999d',
    '10constructor',
  ])('refuses %j', (text) => expect(anyDuration.parse(text)).toBeUndefined());
});

describe('registry hosts', () => {
  it.each([
    ['harbor.example', ['harbor.example']],
    [
      'Harbor.example, registry:5000,[2001:db8::1]:5000,10.0.0.1,harbor.example',
      ['harbor.example', 'registry:5000', '[2001:db8::1]:5000', '10.0.0.1'],
    ],
  ])('%s', (text, hosts) => expect(registryHosts.parse(text)).toEqual(hosts));

  it.each(['', 'a,', 'https://harbor.example', 'harbor.example/team', 'a:0x', 'a:99999', 'user@host'])(
    'refuses %j',
    (text) => expect(registryHosts.parse(text)).toBeUndefined(),
  );
});

describe('size', () => {
  const anySize = size('0', '1024GiB');

  it('counts every unit in bytes', () => {
    const unit = fc.constantFrom<[string, number][]>(
      ['', 1],
      ['KiB', 1024],
      ['MiB', 1024 ** 2],
      ['GiB', 1024 ** 3],
    );
    fc.assert(
      fc.property(fc.nat(1024), unit, (count, [name, bytes]) => {
        expect(anySize.parse(`${count}${name}`)).toBe(count * bytes);
      }),
    );
  });

  it.each(['', '256MB', '1 GiB', '1.5GiB', 'MiB', '-1', '2000GiB'])('refuses %j', (text) => {
    expect(anySize.parse(text)).toBeUndefined();
  });
});

describe('rate', () => {
  it('has a limit and a window', () => {
    expect(rate.parse('5/60s')).toEqual({ limit: 5, windowMs: 60_000 });
    expect(rate.parse('1/500ms')).toEqual({ limit: 1, windowMs: 500 });
  });

  it.each(['', '5', '5/60', '0/60s', '5/0s', '/60s', '5/60s/1', '1.5/60s', '5/2d'])('refuses %j', (text) => {
    expect(rate.parse(text)).toBeUndefined();
  });
});

describe('integer', () => {
  it.each(['', '-1', '1e3', '0x10', '3000.0', ' 1', '65536', '1KiB'])('refuses %j', (text) => {
    expect(integer(0, 65535).parse(text)).toBeUndefined();
  });
});

describe('words', () => {
  it('are taken as written', () => {
    expect(oneOf('aksk', 'iam').parse('iam')).toBe('iam');
    expect(oneOf('aksk', 'iam').parse('IAM')).toBeUndefined();
    expect(['true', 'false', '1', 'yes'].map(flag.parse)).toEqual([true, false, undefined, undefined]);
  });
});

describe('host', () => {
  it.each(['localhost', '0.0.0.0', '::', '::1', 'redis.default.svc.cluster.local.', 'my_redis-1'])(
    'accepts %j',
    (text) => expect(host.parse(text)).toBe(text),
  );
  it.each(['', ' ', '-a', 'a..b', 'http://a', 'a:80', '[::1]', 'a/b', 'a'.repeat(254)])(
    'refuses %j',
    (text) => {
      expect(host.parse(text)).toBeUndefined();
    },
  );
});

describe('endpoint', () => {
  it('drops trailing slashes and keeps a path', () => {
    expect(endpoint.parse('http://127.0.0.1:8080/')).toBe('http://127.0.0.1:8080');
    expect(endpoint.parse('https://HSS.example.com/proxy//')).toBe('https://hss.example.com/proxy');
  });
  it.each([
    '',
    'example.com',
    'ftp://a',
    'https://',
    'https://u:p@a',
    'https://a?x=1',
    'https://a/?',
    'https://a#b',
  ])('refuses %j', (text) => expect(endpoint.parse(text)).toBeUndefined());
});

describe('basePath', () => {
  it('has no trailing slash; the root is empty', () => {
    expect(['/', '/x', '/x/', '/a/b.c'].map(basePath.parse)).toEqual(['', '/x', '/x', '/a/b.c']);
  });
  it.each(['x', '//', '/a//b', '/..', '/a/../b', '/./', '/a b', '/a?b', '/%2e'])('refuses %j', (text) => {
    expect(basePath.parse(text)).toBeUndefined();
  });
});

describe('the table of settings', () => {
  it.each(settingNames.filter((name) => 'default' in settings[name]))(
    'has a valid default for %s',
    (name) => {
      const { format, default: written = '' }: Setting = settings[name];
      expect(format.parse(written)).toBeDefined();
    },
  );
});
