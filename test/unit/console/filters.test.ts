// What people type into the console, as parameters of the API.
import { describe, expect, it } from '@jest/globals';
import { apiFilters, changed, filtersOf, searchOf, toggled, wordsOf } from '../../../console/src/filters.js';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('the image box', () => {
  it.each([
    ['nginx', { q: 'nginx' }],
    ['  nginx ', { q: 'nginx' }],
    [digest, { imageId: digest }],
    [digest.toUpperCase().replace('SHA256', 'sha256'), { imageId: digest }],
    ['ab'.repeat(32), { imageId: 'ab'.repeat(32) }],
    [`registry.example/team/api:1.4@${digest}`, { imageId: digest }],
    ['team/api:1.4', { q: 'team/api:1.4' }],
    ['team/base/python', { q: 'team/base/python' }],
    ['registry.example:5000/team/api:1.4', { q: 'team/api:1.4' }],
    ['https://registry.example/team/api', { q: 'team/api' }],
    ['localhost/team/api', { q: 'team/api' }],
    ['team/api:1.4@sha256:ab', { q: 'team/api:1.4' }],
    [` ${digest} `, { imageId: digest }],
    ['registry.example/api', { q: 'api' }],
    ['team/', { q: 'team/' }],
    ['/app', { q: '/app' }],
    ['api:', { q: 'api:' }],
    ['!odd/api', { q: '!odd/api' }],
    ['研发/api', { q: '研发/api' }],
    ['', {}],
  ])('%j asks for %j', (q, expected) => {
    expect(apiFilters({ q })).toEqual(expected);
  });
});

describe('the box of a file', () => {
  it.each([
    [' /usr/bin/LD.gold ', { fileName: '/usr/bin/LD.gold' }],
    ['  ', {}],
  ])('%j asks for %j', (fileName, expected) => {
    expect(apiFilters({ fileName })).toEqual(expected);
  });
});

describe('the box of the base OS', () => {
  it.each([
    ['Debian', { baseOsName: 'Debian' }],
    ['Debian 9', { baseOsName: 'Debian', baseOsVersion: '9' }],
    ['openEuler 22.03-LTS', { baseOsName: 'openEuler', baseOsVersion: '22.03-LTS' }],
    ['Alpine Linux 3.18', { baseOsName: 'Alpine Linux', baseOsVersion: '3.18' }],
    ['Kylin V10', { baseOsName: 'Kylin', baseOsVersion: 'V10' }],
    ['EulerOS 2.0 (SP9)', { baseOsName: 'EulerOS', baseOsVersion: '2.0 (SP9)' }],
    ['debian9', { baseOsName: 'debian', baseOsVersion: '9' }],
    ['Void', { baseOsName: 'Void' }],
    ['9.13', { baseOsVersion: '9.13' }],
    ['a\nb 1', { baseOsName: 'a\nb', baseOsVersion: '1' }],
    ['Red Hat, Inc', { baseOsName: 'Red Hat\\, Inc' }],
    ['', {}],
  ])('%j asks for %j', (os, expected) => {
    expect(apiFilters({ os })).toEqual(expected);
  });

  it('leaves every other filter as it is', () => {
    const rest = { fileName: 'libc', severity: 'high', running: 'true' };
    expect(apiFilters({ ...rest, q: 'a', os: 'b 1' })).toEqual({
      ...rest,
      q: 'a',
      baseOsName: 'b',
      baseOsVersion: '1',
    });
  });
});

describe('the address of a page', () => {
  it('has the filters and nothing else', () => {
    const search = '?q=a%20b&severity=high&cursor=secret&key=secret&limit=3&empty=';
    expect(filtersOf(search)).toEqual({ q: 'a b', severity: 'high' });
  });

  it.each([{}, { q: 'a&b=c' }, { severity: '!none,~null', os: 'Debian 9', fileName: '/usr/lib/ä' }])(
    'gives the filters %j back',
    (filters) => {
      expect(filtersOf(searchOf(filters))).toEqual(filters);
    },
  );
});

describe('a word of a facet', () => {
  it('goes in and out of its filter', () => {
    const one = toggled({ q: 'a' }, 'severity', 'high');
    const two = toggled(one, 'severity', 'low');
    expect([one, two, toggled(two, 'severity', 'high'), toggled(one, 'severity', 'high')]).toEqual([
      { q: 'a', severity: 'high' },
      { q: 'a', severity: 'high,low' },
      { q: 'a', severity: 'low' },
      { q: 'a' },
    ]);
  });

  it('is one word when a backslash stands before its comma', () => {
    expect(wordsOf('a\\,b,c\\\\,\\!d')).toEqual(['a\\,b', 'c\\\\', '\\!d']);
    expect(wordsOf(undefined)).toEqual([]);
  });

  it('goes away with an empty value', () => {
    expect(changed({ q: 'a', os: 'b' }, 'q', '')).toEqual({ os: 'b' });
  });
});
