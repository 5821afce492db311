// How the filters of the two lists go to HSS, and which values the service refuses.
import { describe, expect, it } from '@jest/globals';
import {
  filterUrl,
  int64Max,
  local,
  oddTexts,
  registry,
  useFilters,
  type Query,
} from '../support/filters.js';

/** Our parameter and its value, HSS's parameter and its value. */
type Mapping = [parameter: string, given: string, hssName: string, sent: string];

const flag = (parameter: string, hssName: string): Mapping[] => [
  [parameter, 'true', hssName, 'true'],
  [parameter, 'false', hssName, 'false'],
];
const same = (parameter: string, hssName: string, ...values: string[]): Mapping[] =>
  values.map((value) => [parameter, value, hssName, value]);
const scanStatuses: Mapping[] = [
  ['scanStatus', 'not-scanned', 'scan_status', 'unscan'],
  ['scanStatus', 'waiting', 'scan_status', 'waiting_for_scan'],
  ['scanStatus', 'scanning', 'scan_status', 'scanning'],
  ['scanStatus', 'completed', 'scan_status', 'success'],
  ['scanStatus', 'failed', 'scan_status', 'failed'],
];

const lists: { path: string; api: string; mappings: Mapping[] }[] = [
  {
    path: registry,
    api: 'ListRegistryImages',
    mappings: [
      ...same('namespace', 'namespace', 'aaa', '研发'),
      ...same('name', 'image_name', 'centos7'),
      ...same('tag', 'image_version', 'latest'),
      ...same('registryName', 'registry_name', 'harbor 一号'),
      ...same('instanceId', 'instance_id', 'i-1'),
      ...same('instanceName', 'instance_name', 'enterprise-instance-1'),
      ...same('type', 'image_type', 'private_image', 'shared_image', 'instance_image', 'harbor', 'jfrog'),
      ...scanStatuses,
      ['severity', 'none', 'severity_level', 'Security'],
      ['severity', 'low', 'severity_level', 'Low'],
      ['severity', 'medium', 'severity_level', 'Medium'],
      ['severity', 'high', 'severity_level', 'High'],
      ...same('sizeBytes', 'image_size', '0', '1000', '2147483547'),
      ...flag('latestOnly', 'latest_version'),
      ...flag('hasVulnerabilities', 'has_vul'),
      ...flag('hasMaliciousFiles', 'has_malicious_file'),
      ...flag('hasUnsafeSettings', 'has_unsafe_setting'),
      ...flag('risky', 'risky'),
      ...flag('multiArch', 'is_multarch'),
    ],
  },
  {
    path: local,
    api: 'ListImageLocal',
    mappings: [
      ...same('name', 'image_name', 'webshell-ljx'),
      ...scanStatuses,
      ...same('localType', 'local_image_type', 'swr_image', 'other_image'),
      ...same('sizeBytes', 'image_size', '0', '1000', int64Max),
      ...flag('hasVulnerabilities', 'has_vul'),
      ...flag('hasContainers', 'has_container'),
      ...same('hostId', 'host_id', '9ad79426-992c-4be4-a2d1-dfd3a75b7c14'),
      ...same('hostName', 'host_name', 'myhost', '主机 一号'),
      ...same('hostIp', 'host_ip', '192.168.0.10', '203.0.113.10'),
      ...same('containerId', 'container_id', 'c-1'),
      ...same('containerName', 'container_name', 'webshell-1'),
      ...same('podId', 'pod_id', 'p-1'),
      ...same('podName', 'pod_name', 'webshell-pod-1'),
      ...same('softwareName', 'app_name', 'c++ 运行库'),
    ],
  },
];

/** Texts with the longest length that is accepted. */
const texts: [path: string, parameter: string, longest: number, needed?: Query][] = [
  ...['namespace', 'name', 'registryName', 'instanceId', 'instanceName'].map(
    (name): [string, string, number] => [registry, name, 128],
  ),
  [registry, 'tag', 64],
  ...['hostId', 'hostName', 'hostIp', 'containerId', 'containerName', 'podId', 'podName', 'softwareName'].map(
    (name): [string, string, number] => [local, name, 128],
  ),
  [local, 'name', 256],
  [local, 'tag', 128, { name: 'webshell-ljx' }],
];

describe('list filters', () => {
  const story = useFilters();

  describe.each(lists)('of $path', ({ path, api, mappings }) => {
    it('are left out when they are not set', async () => {
      expect(await story.asked(path, {})).toEqual({});
      expect(story.emulator.journal.calls(api as 'ListImageLocal')).toHaveLength(1);
    });

    it.each(mappings)('%s=%s is %s=%s to HSS', async (parameter, given, hssName, sent) => {
      expect(await story.asked(path, { [parameter]: given })).toEqual({ [hssName]: sent });
    });

    it('can be combined, all in one call', async () => {
      const chosen = mappings.filter(
        ([name], index) => mappings.findIndex((one) => one[0] === name) === index,
      );
      const query = Object.fromEntries(chosen.map(([parameter, given]) => [parameter, given]));
      const expected = Object.fromEntries(chosen.map(([, , hssName, sent]) => [hssName, sent]));
      expect(await story.asked(path, query)).toEqual(expected);
    });

    it.each(['name', path === registry ? 'namespace' : 'hostName'])(
      'send any text as %s to HSS unchanged',
      async (parameter) => {
        for (const text of oddTexts) {
          story.emulator.journal.clear();
          const filters = await story.asked(path, { [parameter]: text });
          expect(Object.values(filters)).toEqual([text]);
        }
      },
    );

    it.each([
      [
        'sizeBytes',
        ['-1', '007', '+1', '1.5', '1e3', '0x10', ' 1', '١', 'NaN'].concat(
          path === registry ? ['2147483548', int64Max] : ['9223372036854775808', '9'.repeat(20)],
        ),
      ],
      ['scanStatus', ['success', 'Completed', 'unscan', 'download-failed', 'completed,failed']],
      ['hasVulnerabilities', ['1', '0', 'TRUE', 'yes', 'null', 'true,false']],
      ['limit', ['0', '201', '-1', '10.0', '1e1', 'ten', '99999999999']],
      ['offset', ['-1', '2000001', '1.5', '99999999999', 'NaN']],
      [
        'updatedAfter',
        ['-1', '9223372036854775808', '1e3', 'yesterday', '2026-01-31', '2026-02-30T00:00:00Z'],
      ],
      ['scannedBefore', ['2026-01-31T12:00:00', '2026-01-31 12:00:00Z', '2026-01-31T24:00:00Z', '0x10']],
      ['name', ['a\u0000b', 'a\nb', '\u007f']],
      ['walk', ['-', 'ABC', '123456789012', 'a b']],
      [path === registry ? 'type' : 'localType', ['cicd', 'PRIVATE_IMAGE', 'linux_vul', 'toString']],
    ])('refuse an invalid %s', async (parameter, values) => {
      for (const value of values) await story.expectRefused(path, { [parameter]: value }, [parameter]);
    });

    it('refuse empty and repeated parameters, each of them', async () => {
      const names = [...new Set(mappings.map(([parameter]) => parameter))];
      const needed = path === local ? '&name=x' : '';
      for (const name of [...names, 'limit', 'offset', 'enterpriseProjectId', 'walk', 'updatedAfter']) {
        const besides = name === 'name' ? '' : needed;
        await story.expectRefused(path, `${name}=${besides}`, [name]);
        await story.expectRefused(path, `${name}${besides}`, [name]);
        await story.expectRefused(path, `${name}=1&${name}=1${besides}`, [name]);
        await story.expectRefused(
          path,
          `${name}=true&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=true${besides}`,
          [name],
        );
      }
    });

    it('refuse unknown parameters, including HSS’s own names', async () => {
      for (const name of [
        'image_name',
        'has_vul',
        'sort_key',
        'page',
        'Name',
        'name[]',
        'digest',
        'project_id',
      ])
        await story.expectRefused(path, { [name]: 'x' }, [name]);
      await story.expectRefused(path, '=x', ['']);
      await story.expectRefused(path, 'a=1&b=2&limit=x', ['a', 'b', 'limit']);
    });

    it('take the largest page and the furthest offset', async () => {
      for (const [query, offset] of [
        [{ limit: '200' }, '0'],
        [{ limit: '1' }, '0'],
      ] as const) {
        await story.startOver();
        expect((await story.service.get(filterUrl(path, query))).status).toBe(200);
        expect(story.emulator.journal.calls()).toMatchObject([{ query: { limit: '200', offset } }]);
      }
      await story.startOver();
      const { body } = await story.service.get(filterUrl(path, { offset: '2000000', limit: '200' }));
      expect(body).toMatchObject({ items: [], offset: 2_000_000, limit: 200, next: null });
      expect(story.emulator.journal.calls()).toMatchObject([{ query: { offset: '2000000' } }]);
    });
  });

  describe('texts', () => {
    it.each(texts)('of %s: %s has up to %d characters', async (path, parameter, longest, needed = {}) => {
      for (const letter of ['a', '界', '😀']) {
        const text = letter.repeat(longest);
        story.emulator.journal.clear();
        expect(Object.values(await story.asked(path, { ...needed, [parameter]: text }))).toContain(text);
        story.emulator.journal.clear();
        await story.expectRefused(path, { ...needed, [parameter]: `${text}${letter}` }, [parameter]);
      }
    });
  });

  describe('odd names', () => {
    it('find the images that have them', async () => {
      const names = story.emulator.data.registryImages.slice(0, 60).map(({ row }) => row.image_name!);
      const odd = [...new Set(names)].filter((name) => /[^A-Za-z0-9._-]/.test(name));
      expect(odd.length).toBeGreaterThanOrEqual(5);
      for (const name of odd) {
        const { body } = await story.service.get(filterUrl(registry, { name }));
        expect(body.total).toBeGreaterThan(0);
        for (const item of body.items) expect(item.name).toBe(name);
      }
    });
  });

  describe('the registry list', () => {
    it.each([
      ['scannedAt', 'asc'],
      ['-scannedAt', 'desc'],
    ])('sends sort=%s as one key and a direction', async (sort, direction) => {
      expect(await story.asked(registry, { sort })).toEqual({
        sort_key: 'latest_scan_time',
        sort_dir: direction,
      });
    });

    it.each(['scannedat', '+scannedAt', '--scannedAt', 'name', '-scannedAt,name'])(
      'refuses sort=%s',
      (sort) => story.expectRefused(registry, { sort }, ['sort']),
    );

    it('refuses a severity that HSS does not have', async () => {
      for (const severity of ['critical', 'High', 'Security'])
        await story.expectRefused(registry, { severity }, ['severity']);
    });

    it('takes a tag without a name', async () => {
      expect(await story.asked(registry, { tag: 'v1' })).toEqual({ image_version: 'v1' });
    });
  });

  describe('the local list', () => {
    it('refuses a tag without a name, which HSS would ignore', () =>
      story.expectRefused(local, { tag: 'v1' }, ['tag']));

    it('sends a tag with its name', async () => {
      const filters = await story.asked(local, { name: 'webshell-ljx', tag: 'v1' });
      expect(filters).toEqual({ image_name: 'webshell-ljx', image_version: 'v1' });
    });

    it.each(['namespace', 'type', 'severity', 'sort', 'latestOnly', 'syncedAfter', 'risky'])(
      'has no %s',
      (parameter) => story.expectRefused(local, { [parameter]: 'true' }, [parameter]),
    );
  });
});
