import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { proxyAgentCoordinates as coordinates, proxyAgentId as id } from '../support/proxy-agent.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const int64Max = '9223372036854775807';
const minuteMs = 60_000;

/** Names that break whatever is not encoded, decoded or signed as it should be. */
const oddTexts = [
  '50% off + more',
  'team/base/python',
  "web shell/é+~*&=?!'()镜像",
  'quote"d and \\ slashed',
  'a#b;c,d@e',
  '镜像 扫描',
  '👩‍💻 %2F %zz ++',
  ' leading and trailing ',
  '-._~',
  'null',
];

type Query = Record<string, string>;

let clock: TestClock;
let emulator: Emulator;
let service: TestService;

beforeAll(async () => {
  clock = TestClock.still();
  // Few rows: what counts here is the question, not the answer.
  emulator = await startEmulator({ rate: 'off', clock, registryImages: 60, localImages: 40 });
  service = await startService({ emulator, clock });
});

afterAll(async () => {
  await service.close();
  await emulator.close();
});

beforeEach(async () => {
  clock.advance(8 * 24 * 60 * minuteMs);
  await startOver();
});

/** Nothing is held, and nothing was called. */
async function startOver(): Promise<void> {
  await service.purge();
  await emulator.journal.settled();
  emulator.journal.clear();
}

const url = (path: string, query: Query) => `${path}?${new URLSearchParams(query).toString()}`;

/** Asks, and tells what HSS was asked for besides the page. Its signature was right, for HSS answered. */
async function asked(path: string, query: Query): Promise<Query> {
  const answer = await service.get(url(path, query));
  expect([answer.status, answer.body?.errors]).toEqual([200, undefined]);
  const [call, ...others] = emulator.journal.calls();
  expect(others).toEqual([]);
  expect(call).toMatchObject({ method: 'GET', outcome: 200 });
  expect(call!.query).toMatchObject({ limit: '200', offset: '0', enterprise_project_id: 'all_granted_eps' });
  const page = ['limit', 'offset', 'enterprise_project_id'];
  return Object.fromEntries(Object.entries(call!.query).filter(([name]) => !page.includes(name)));
}

async function expectRefused(path: string, query: Query | string, fields: string[]): Promise<void> {
  const answer = await service.get(typeof query === 'string' ? `${path}?${query}` : url(path, query));
  expect(answer.body).toMatchObject({ status: 400, code: 'invalid-request' });
  expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
  expect(emulator.journal.calls()).toEqual([]);
}

/** Our parameter and its value, HSS's parameter and its value. */
type Mapping = [parameter: string, given: string, hssName: string, sent: string];

const registry = '/v1/registry-images';
const local = '/v1/local-images';

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
      ...same('sizeBytes', 'image_size', '0', '1000', '2147483547'),
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
  ...[
    ...['name', 'hostId', 'hostName', 'hostIp', 'containerId'],
    ...['containerName', 'podId', 'podName', 'softwareName'],
  ].map((name): [string, string, number] => [local, name, 128]),
  [local, 'tag', 64, { name: 'webshell-ljx' }],
];

describe.each(lists)('the filters of $path', ({ path, api, mappings }) => {
  it('are left out when they are not set', async () => {
    expect(await asked(path, {})).toEqual({});
    expect(emulator.journal.calls(api as 'ListImageLocal')).toHaveLength(1);
  });

  it.each(mappings)('%s=%s is %s=%s to HSS', async (parameter, given, hssName, sent) => {
    expect(await asked(path, { [parameter]: given })).toEqual({ [hssName]: sent });
  });

  it('go together, all at once', async () => {
    const chosen = mappings.filter(([name], index) => mappings.findIndex((one) => one[0] === name) === index);
    const query = Object.fromEntries(chosen.map(([parameter, given]) => [parameter, given]));
    const expected = Object.fromEntries(chosen.map(([, , hssName, sent]) => [hssName, sent]));
    expect(await asked(path, query)).toEqual(expected);
  });

  it.each(['name', path === registry ? 'namespace' : 'hostName'])(
    'take any text as %s to HSS intact',
    async (parameter) => {
      for (const text of oddTexts) {
        emulator.journal.clear();
        const filters = await asked(path, { [parameter]: text });
        expect(Object.values(filters)).toEqual([text]);
      }
    },
  );

  it.each([
    ['sizeBytes', ['-1', '007', '+1', '2147483548', '1.5', '1e3', '0x10', ' 1', '١', int64Max, 'NaN']],
    ['scanStatus', ['success', 'Completed', 'unscan', 'download-failed', 'completed,failed']],
    ['hasVulnerabilities', ['1', '0', 'TRUE', 'yes', 'null', 'true,false']],
    ['limit', ['0', '201', '-1', '10.0', '1e1', 'ten', '99999999999']],
    ['offset', ['-1', '2000001', '1.5', '99999999999', 'NaN']],
    ['updatedAfter', ['-1', '9223372036854775808', '1e3', 'yesterday', '2026-01-31', '2026-02-30T00:00:00Z']],
    ['scannedBefore', ['2026-01-31T12:00:00', '2026-01-31 12:00:00Z', '2026-01-31T24:00:00Z', '0x10']],
    ['name', ['a\u0000b', 'a\nb', '\u007f']],
    ['walk', ['-', 'ABC', '123456789012', 'a b']],
    [path === registry ? 'type' : 'localType', ['cicd', 'PRIVATE_IMAGE', 'linux_vul', 'toString']],
  ])('refuse a %s that cannot be', async (parameter, values) => {
    for (const value of values) await expectRefused(path, { [parameter]: value }, [parameter]);
  });

  it('refuse empty and repeated parameters, each of them', async () => {
    const names = [...new Set(mappings.map(([parameter]) => parameter))];
    const needed = path === local ? '&name=x' : '';
    for (const name of [...names, 'limit', 'offset', 'enterpriseProjectId', 'walk', 'updatedAfter']) {
      const besides = name === 'name' ? '' : needed;
      await expectRefused(path, `${name}=${besides}`, [name]);
      await expectRefused(path, `${name}${besides}`, [name]);
      await expectRefused(path, `${name}=1&${name}=1${besides}`, [name]);
      await expectRefused(
        path,
        `${name}=true&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=true${besides}`,
        [name],
      );
    }
  });

  it('refuse parameters that nobody knows, HSS’s own names among them', async () => {
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
      await expectRefused(path, { [name]: 'x' }, [name]);
    await expectRefused(path, '=x', ['']);
    await expectRefused(path, 'a=1&b=2&limit=x', ['a', 'b', 'limit']);
  });

  it('takes the largest page and the furthest offset', async () => {
    for (const [query, offset] of [
      [{ limit: '200' }, '0'],
      [{ limit: '1' }, '0'],
    ] as const) {
      await startOver();
      expect((await service.get(url(path, query))).status).toBe(200);
      expect(emulator.journal.calls()).toMatchObject([{ query: { limit: '200', offset } }]);
    }
    await startOver();
    const { body } = await service.get(url(path, { offset: '2000000', limit: '200' }));
    expect(body).toMatchObject({ items: [], offset: 2_000_000, limit: 200, next: null });
    expect(emulator.journal.calls()).toMatchObject([{ query: { offset: '2000000' } }]);
  });
});

describe('texts', () => {
  it.each(texts)('of %s: %s has up to %d characters', async (path, parameter, longest, needed = {}) => {
    for (const letter of ['a', '界', '😀']) {
      const text = letter.repeat(longest);
      emulator.journal.clear();
      expect(Object.values(await asked(path, { ...needed, [parameter]: text }))).toContain(text);
      emulator.journal.clear();
      await expectRefused(path, { ...needed, [parameter]: `${text}${letter}` }, [parameter]);
    }
  });
});

describe('odd names', () => {
  it('find the images that have them', async () => {
    const names = emulator.data.registryImages.slice(0, 60).map(({ row }) => row.image_name!);
    const odd = [...new Set(names)].filter((name) => /[^A-Za-z0-9._-]/.test(name));
    expect(odd.length).toBeGreaterThanOrEqual(5);
    for (const name of odd) {
      const { body } = await service.get(url(registry, { name }));
      expect(body.total).toBeGreaterThan(0);
      for (const item of body.items) expect(item.name).toBe(name);
    }
  });
});

describe('the registry list', () => {
  it.each([
    ['scannedAt', 'asc'],
    ['-scannedAt', 'desc'],
  ])('sort=%s is one key and a direction to HSS', async (sort, direction) => {
    expect(await asked(registry, { sort })).toEqual({ sort_key: 'latest_scan_time', sort_dir: direction });
  });

  it.each(['scannedat', '+scannedAt', '--scannedAt', 'name', '-scannedAt,name'])('refuses sort=%s', (sort) =>
    expectRefused(registry, { sort }, ['sort']),
  );

  it('refuses a severity that HSS does not have', async () => {
    for (const severity of ['critical', 'High', 'Security'])
      await expectRefused(registry, { severity }, ['severity']);
  });

  it('takes a tag without a name', async () => {
    expect(await asked(registry, { tag: 'v1' })).toEqual({ image_version: 'v1' });
  });
});

describe('the local list', () => {
  it('refuses a tag without a name, which HSS would ignore', () =>
    expectRefused(local, { tag: 'v1' }, ['tag']));

  it('sends a tag with its name', async () => {
    const filters = await asked(local, { name: 'webshell-ljx', tag: 'v1' });
    expect(filters).toEqual({ image_name: 'webshell-ljx', image_version: 'v1' });
  });

  it.each(['namespace', 'type', 'severity', 'sort', 'latestOnly', 'syncedAfter', 'risky'])(
    'has no %s',
    (parameter) => expectRefused(local, { [parameter]: 'true' }, [parameter]),
  );
});

const pairs: [path: string, pair: string, hssName: string][] = [
  [registry, 'updated', 'latest_update_time'],
  [registry, 'scanned', 'latest_scan_time'],
  [registry, 'synced', 'latest_sync_time'],
  [local, 'updated', 'latest_update_time'],
  [local, 'scanned', 'latest_scan_time'],
];

describe.each(pairs)('the times of %s: %s, %s to HSS', (path, pair, hssName) => {
  const [after, before] = [`${pair}After`, `${pair}Before`];
  const sentAs = (start: string, end: string) => ({ [`start_${hssName}`]: start, [`end_${hssName}`]: end });
  const start = '2024-03-09T08:38:26.292Z';
  const startMs = '1709973506292';

  it.each([
    ['UTC', '2024-03-09T08:38:26.292Z', '1709973506292'],
    ['an offset', '2024-03-09T16:38:26.292+08:00', '1709973506292'],
    ['lower case', '2024-03-09t08:38:26z', '1709973506000'],
    ['finer than milliseconds', '2024-03-09T08:38:26.292999999Z', '1709973506292'],
    ['a leap day', '2024-02-29T00:00:00Z', '1709164800000'],
    ['milliseconds', '1709973506292', '1709973506292'],
    ['the beginning', '1970-01-01T00:00:00Z', '0'],
  ])('are read: %s', async (_, given, sent) => {
    const filters = await asked(path, { [after]: given, [before]: int64Max });
    expect(filters).toEqual(sentAs(sent, int64Max));
  });

  it('completes a missing start with 0', async () => {
    expect(await asked(path, { [before]: start })).toEqual(sentAs('0', startMs));
  });

  it('completes a missing end with now, rounded up to the minute, so that the cache still hits', async () => {
    const now = clock.now();
    clock.advance(minuteMs - (now % minuteMs) + 1_000);
    const end = Math.ceil(clock.now() / minuteMs) * minuteMs;
    expect(await asked(path, { [after]: start })).toEqual(sentAs(startMs, String(end)));
    clock.advance(20_000);
    const again = await service.get(url(path, { [after]: start }));
    expect(again.headers.get('cache-status')).toMatch(/; hit/);
    expect(emulator.journal.calls()).toHaveLength(1);
  });

  it('keeps the completed end over the pages of a walk', async () => {
    const first = await service.get(url(path, { [after]: '0', limit: '5' }));
    const [call] = emulator.journal.calls();
    clock.advance(5 * minuteMs);
    const second = await service.get(first.body.next);
    expect(second.body).toMatchObject({ offset: 5, total: first.body.total });
    expect(new URL(second.body.next, service.url).searchParams.get(before)).toBe(
      call!.query[`end_${hssName}`],
    );
    expect(emulator.journal.calls()).toHaveLength(1);
  });

  it('refuses a start after the end', async () => {
    await expectRefused(path, { [after]: '2', [before]: '1' }, [after]);
    await expectRefused(path, { [after]: '2024-03-09T08:38:26.293Z', [before]: start }, [after]);
    await expectRefused(path, { [after]: int64Max, [before]: '9223372036854775806' }, [after]);
  });

  it('refuses a start in the future that has no end', async () => {
    await expectRefused(path, { [after]: String(clock.now() + 2 * minuteMs) }, [after]);
  });

  it(`${path === local ? 'refuses' : 'takes'} a start that equals the end`, async () => {
    const query = { [after]: start, [before]: startMs };
    if (path === local) await expectRefused(path, query, [after]);
    else expect(await asked(path, query)).toEqual(sentAs(startMs, startMs));
  });
});

describe.each([
  { route: 'files', api: 'ListImageFiles', tagName: 'tag_name', filter: 'fileName', hssFilter: 'file_name' },
  {
    route: 'base-os',
    api: 'ListImageBasicImage',
    tagName: 'image_version',
    filter: 'osName',
    hssFilter: 'os_name',
  },
])('the filters of /v1/images/{imageId}/$route', ({ route, api, tagName, filter, hssFilter }) => {
  const path = `/v1/images/${id}/${route}`;
  const sentCoordinates = {
    image_type: 'private_image',
    namespace: 'scc_hss_container',
    image_name: 'proxy-agent',
    [tagName]: '24.5.0-x86_64',
  };

  it('are the coordinates in HSS’s words', async () => {
    expect(await asked(path, coordinates)).toEqual(sentCoordinates);
    expect(emulator.journal.calls()).toMatchObject([
      { api, imageId: id, headers: { region: emulator.region } },
    ]);
  });

  it(`are ${filter}, in any text up to 256 characters`, async () => {
    for (const text of [...oddTexts, 'a'.repeat(256), '界'.repeat(256)]) {
      emulator.journal.clear();
      expect(await asked(path, { ...coordinates, [filter]: text })).toEqual({
        ...sentCoordinates,
        [hssFilter]: text,
      });
    }
    emulator.journal.clear();
    await expectRefused(path, { ...coordinates, [filter]: 'a'.repeat(257) }, [filter]);
    await expectRefused(path, { ...coordinates, [filter]: '' }, [filter]);
  });

  it('narrow what comes back', async () => {
    const wanted = route === 'files' ? 'lib' : 'Debian';
    const { body } = await service.get(url(path, { ...coordinates, [filter]: wanted }));
    expect(body.items.length).toBeGreaterThan(0);
    for (const { name, osName } of body.items) expect(name ?? osName).toContain(wanted);
    const none = await service.get(url(path, { ...coordinates, [filter]: 'no such thing' }));
    expect(none.body).toMatchObject({ items: [], total: 0, next: null });
  });

  it.each([
    ['namespace', 128],
    ['name', 128],
    ['tag', 64],
  ])('refuse a %s over %d characters', (name, longest) =>
    expectRefused(path, { ...coordinates, [name]: 'x'.repeat(longest + 1) }, [name]),
  );

  it.each(['jfrog', 'private', 'linux_vul', ''])('refuse type=%s', (type) =>
    expectRefused(path, { ...coordinates, type }, ['type']),
  );

  it('refuse the filters of other routes', () =>
    expectRefused(path, { ...coordinates, include: 'image', fileLimit: '1', tag_name: 'x' }, [
      'include',
      'fileLimit',
      'tag_name',
    ]));

  it('need nothing but the type for a CI/CD image', async () => {
    const answer = await service.get(`/v1/images/111/${route}?type=cicd`);
    expect(answer.status).toBe(200);
    const [call, ...others] = emulator.journal.calls();
    expect(others).toEqual([]);
    expect(call!.query).toEqual({
      limit: '200',
      offset: '0',
      enterprise_project_id: 'all_granted_eps',
      image_type: 'cicd',
    });
  });
});

describe('missing coordinates', () => {
  const names = ['type', 'namespace', 'name', 'tag'] as const;

  it.each(['', '/files', '/base-os'])('are each named at /v1/images/{imageId}%s', async (suffix) => {
    for (const missing of [[...names], ...names.map((name) => [name]), ['namespace', 'tag']]) {
      const given = Object.entries(coordinates).filter(([name]) => !missing.includes(name as 'tag'));
      const answer = await service.get(url(`/v1/images/${id}${suffix}`, Object.fromEntries(given)));
      expect(answer.body).toMatchObject({ status: 400, code: 'image-coordinates-required' });
      expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(missing);
    }
    expect(emulator.journal.calls()).toEqual([]);
  });

  it.each(['image', 'baseOs', 'files', 'hosts', 'image,hosts'])(
    'are missed by include=%s too',
    async (include) => {
      const answer = await service.get(url(`/v1/images/${id}`, { include, type: 'harbor' }));
      expect(answer.body).toMatchObject({ status: 400, code: 'image-coordinates-required' });
      expect(emulator.journal.calls()).toEqual([]);
    },
  );
});

describe('the merged answer', () => {
  const path = `/v1/images/${id}`;

  it('refuses parts and file limits that cannot be', async () => {
    for (const include of ['', 'everything', 'image,', 'image,image', 'image baseOs', 'Image', 'toString'])
      await expectRefused(path, { ...coordinates, include }, ['include']);
    for (const fileLimit of ['0', '201', '-1', 'x'])
      await expectRefused(path, { ...coordinates, fileLimit }, ['fileLimit']);
    await expectRefused(path, { ...coordinates, fileName: 'x'.repeat(257), limit: '1' }, [
      'limit',
      'fileName',
    ]);
  });

  it('takes file limits up to their borders', async () => {
    for (const [fileLimit, length] of [
      ['1', 1],
      ['200', 50],
    ] as const) {
      const { body } = await service.get(url(path, { ...coordinates, include: 'files', fileLimit }));
      expect(body.files.items).toHaveLength(length);
    }
  });

  it('hands its file filter to HSS', async () => {
    const fileName = '50% + 界';
    expect((await service.get(url(path, { ...coordinates, include: 'files', fileName }))).status).toBe(200);
    expect(emulator.journal.calls('ListImageFiles')).toMatchObject([{ query: { file_name: fileName } }]);
  });
});

describe('the enterprise project', () => {
  const everyCall = [
    url(registry, {}),
    url(local, {}),
    url(`/v1/images/${id}/files`, coordinates),
    url(`/v1/images/${id}/base-os`, coordinates),
    url(`/v1/images/${id}`, { ...coordinates, include: 'image,baseOs,files,hosts' }),
  ];

  it.each(everyCall)('is the configured one unless the consumer names another: %s', async (path) => {
    const projects = () => [
      ...new Set(emulator.journal.calls().map(({ query }) => query['enterprise_project_id'])),
    ];
    expect((await service.get(path)).status).toBe(200);
    expect(projects()).toEqual(['all_granted_eps']);
    emulator.journal.clear();
    const separator = path.includes('=') ? '&' : '';
    expect((await service.get(`${path}${separator}enterpriseProjectId=0`)).status).toBe(200);
    expect(projects()).toEqual(['0']);
  });

  it('is left to HSS when neither names one', async () => {
    const unset = await startService({ emulator, clock, env: { HSS_ENTERPRISE_PROJECT_ID: '' } });
    expect((await unset.get(local)).status).toBe(200);
    expect(emulator.journal.calls()[0]!.query).toEqual({ limit: '200', offset: '0' });
    await unset.close();
  });

  it('that is not ours is an upstream error, and the next request is served all the same', async () => {
    const project = '界'.repeat(256);
    const answer = await service.get(url(registry, { enterpriseProjectId: project }));
    expect(answer.body).toMatchObject({ status: 502, code: 'upstream-unauthorized' });
    expect(emulator.journal.calls()).toMatchObject([{ query: { enterprise_project_id: project } }]);
    expect((await service.get(registry)).status).toBe(200);
    emulator.journal.clear();
    await expectRefused(registry, { enterpriseProjectId: `${project}界` }, ['enterpriseProjectId']);
  });
});
