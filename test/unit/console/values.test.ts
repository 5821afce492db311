// The pure parts of the console: verdicts, lines to copy, numbers and times, the tree of files.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { clientLine, curlLine } from '../../../console/src/commands.js';
import { treeOf, type Tree } from '../../../console/src/file-tree.js';
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatNumber,
  formatUtc,
} from '../../../console/src/format.js';
import { verdictOf } from '../../../console/src/verdict.js';

describe('the verdict of a gate', () => {
  const scan = { status: 'completed', scannedAt: '2026-01-01T00:00:00Z', failure: null };
  const good = { severity: 'low', scan, findingCounts: { maliciousFiles: '0' } };
  it.each([
    ['a low image', {}, 'fresh', 'pass', 'gatePass'],
    ['a high image', { severity: 'high' }, 'fresh', 'fail', 'gateTooSevere'],
    ['a medium image, at the limit', { severity: 'medium' }, 'fresh', 'fail', 'gateTooSevere'],
    ['a word that HSS added', { severity: 'critical' }, 'fresh', 'fail', 'gateTooSevere'],
    ['no severity', { severity: null }, 'fresh', 'fail', 'gateNotAssessed'],
    ['a scan under way', { scan: { ...scan, status: 'scanning' } }, 'fresh', 'fail', 'gateNotScanned'],
    [
      'a failed scan',
      { scan: { ...scan, failure: { code: '1', description: '' } } },
      'fresh',
      'fail',
      'gateNotScanned',
    ],
    ['a malicious file', { findingCounts: { maliciousFiles: '1' } }, 'fresh', 'fail', 'gateMalicious'],
    [
      'an unknown count',
      { findingCounts: { maliciousFiles: null } },
      'fresh',
      'fail',
      'gateMaliciousUnknown',
    ],
    ['an old answer', {}, 'stale', 'unknown', 'gateNotFresh'],
  ])('of %s', (_name, over, status, outcome, why) => {
    const answer = { image: { ...good, ...over }, parts: { image: { status } } };
    expect(verdictOf(answer as never, 'medium')).toEqual({ outcome, why });
  });
});

describe('a line to copy', () => {
  it.each([[{ q: 'o\'clock $HOME `id` "x"' }], [{ name: 'a b', tag: '研发' }], [{}]])(
    'reaches curl with the parameters %j as they are',
    (parameters) => {
      const line = curlLine('http://host', '/v1/images', parameters);
      // The shell reads the line; a function in the place of curl shows what arrives.
      const shell = `KEY=secret; curl() { for each in "$@"; do printf '%s\\n' "$each"; done; }; ${line}`;
      const given = execFileSync('sh', ['-c', shell], { encoding: 'utf8' }).trimEnd().split('\n');
      const data = Object.entries(parameters).flatMap(([name, value]) => [
        '--data-urlencode',
        `${name}=${value}`,
      ]);
      expect(given.slice(1)).toEqual(['http://host/v1/images', '-H', 'X-API-Key: secret', ...data]);
      expect(line).not.toContain('secret');
    },
  );

  it('names the method of the client and what stands in the path', () => {
    const filters = { q: '1', 'odd-name': 'x' };
    expect(clientLine({ method: 'getImage', pathValues: { imageId: 'a"b' }, filters })).toBe(
      'await client.getImage({ imageId: "a\\"b", q: "1", "odd-name": "x" })',
    );
    expect(clientLine({ method: 'listHosts', filters: {} })).toBe('await client.listHosts()');
  });

  it('gives the client lists, numbers and truth values as such', () => {
    const filters = {
      sort: '-severity,name',
      running: 'true',
      hostsMin: '2',
      severity: '!none,low',
      limit: '50',
    };
    expect(clientLine({ method: 'searchImages', filters })).toBe(
      'await client.searchImages({ sort: ["-severity", "name"], running: true, hostsMin: 2, severity: "!none,low", limit: 50 })',
    );
  });

  it('holds no code of an address', () => {
    const filters = { hostsMin: 'steal()', running: 'x' };
    expect(clientLine({ method: 'listHosts', filters })).toBe(
      'await client.listHosts({ hostsMin: "steal()", running: "x" })',
    );
  });

  it('asks strictly where the page does', () => {
    const question = { method: 'getImage', pathValues: { imageId: 'a' }, filters: { include: 'image' } };
    expect(clientLine({ ...question, isStrict: true })).toBe(
      'await client.getImage({ imageId: "a", include: ["image"] }, { strict: true })',
    );
    expect(curlLine('http://host', '/v1/images/a', {}, true)).toContain(` -H 'Prefer: handling=strict'`);
  });
});

describe('a value', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    [() => formatNumber('9007199254740993', 'en'), '9,007,199,254,740,993'],
    [() => formatNumber(null, 'en'), '–'],
    [() => formatBytes(999, 'en'), '999 byte'],
    [() => formatBytes('215304488', 'en'), '215 MB'],
    [() => formatBytes(1_536, 'en'), '1.5 kB'],
    [() => formatBytes(null, 'zh'), '–'],
    [() => formatUtc(now), '2026-01-01 00:00:00 UTC'],
    [() => formatAge(now - 5_000, now, 'en'), '5 seconds ago'],
    [() => formatAge(now - 7_300_000, now, 'en'), '2 hours ago'],
    [() => formatAge(now + 61_000, now, 'zh'), '1分钟后'],
    [() => formatDuration(850, 'en'), '850 ms'],
    [() => formatDuration(61_000, 'en'), '61 sec'],
    [() => formatDuration(180_000, 'en'), '3 min'],
  ])('%s is %j', (show, expected) => {
    // Versions of ICU differ in the space before a unit.
    expect(show().replace(/\s+/g, ' ')).toBe(expected);
  });
});

describe('the tree of files', () => {
  const shown = ({ directories, files }: Tree): object => ({
    ...Object.fromEntries([...directories].map(([name, below]) => [name, shown(below)])),
    files: files.map(({ name }) => name).join(' '),
  });

  it('joins directories that hold only one directory', () => {
    const file = (path: string, name: string) => ({ path, name, sizeBytes: '1' });
    const files = [
      file('/usr/lib/a/', 'x'),
      file('/usr/lib/b/', 'y'),
      file('/usr/lib/b/', 'z'),
      file('/', 'top'),
    ];
    expect(shown(treeOf(files))).toEqual({
      'usr/lib': { a: { files: 'x' }, b: { files: 'y z' }, files: '' },
      files: 'top',
    });
  });
});
