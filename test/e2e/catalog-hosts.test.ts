// Questions about one host: what runs there, the host among many, orders, search by name, and the export of hosts.
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalHost } from '../../emulator/data/rows.js';
import { fillCatalog } from '../support/catalog.js';
import { bodyOf } from '../support/catalog/filled-service.js';
import type { TestAnswer } from '../support/service.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

type Body = TestAnswer['body'];

const hostNumbers = Array.from({ length: 12 }, (_, number) => number);
const idOf = (number: number) => `h-${String(number).padStart(2, '0')}`;
const nameOf = (number: number) => `${number % 2 === 0 ? 'Web' : 'db'}-${String(number).padStart(2, '0')}`;
/** How many containers run each image, by host. The image `app` is on all hosts, the others on these. */
const placed: Record<string, Record<number, number>> = {
  app: { ...Object.fromEntries(hostNumbers.map((number) => [number, 0])), 5: 1, 11: 2 },
  tool: { 3: 3, 11: 0 },
  idle: { 7: 0 },
};
/** What HSS found in each image. */
const found: Record<string, object> = {
  app: { severity_level: 'Low', vul_num: 9 },
  tool: { severity_level: 'High', vul_num: 3 },
  idle: { severity_level: 'Medium', vul_num: 20 },
};
const last = idOf(11);

describe('questions about one host', () => {
  const story = useEmulatedService({ emulator: { registryImages: 0, localImages: 0 } });
  const digests = new Map<string, string>();

  const fetched = (path: string): Promise<Body> => bodyOf(story.service.get(path));
  const hostsOf = async (query: string) =>
    ((await fetched(`/v1/hosts?${query}`)).items as Body[]).map(({ hostId }) => hostId);
  const namesOf = async (path: string) =>
    ((await fetched(path)).items as Body[]).map(({ name }) => name).sort();

  beforeAll(async () => {
    const { emulator, service, clock } = story;
    for (const [image_name, containers] of Object.entries(placed)) {
      const files = [
        { file_name: `lib${image_name}.so`, file_path: '/usr/lib/', size: 7 },
        { file_name: 'libssl.so', file_path: '=opt/', size: 8 },
        { file_name: 'README', file_path: '/usr/lib/', size: 9 },
      ];
      const { row } = emulator.data.addRegistryImage({ image_name, ...found[image_name] });
      digests.set(image_name, row.image_digest!);
      emulator.data.rescan(row.image_digest!, clock.now(), { files });
      const hosts = Object.entries(containers).map(([number, count]): LocalHost => ({
        id: idOf(Number(number)),
        name: nameOf(Number(number)),
        agentId: `agent-${number}`,
        privateIp: `192.168.2.${number}`,
        containers: Array.from({ length: count }, (_, at) => ({
          id: `${image_name}-${number}-${at}`,
          name: 'c',
          podId: 'p',
          podName: 'p',
        })),
      }));
      emulator.data.addLocalImage(
        { image_name, image_version: 'v1', image_digest: row.image_digest! },
        { hosts },
      );
    }
    await fillCatalog(service, emulator, clock.now());
  });

  afterEach(() => {
    expect(story.emulator.journal.entries).toEqual([]);
  });

  describe('what runs on a host', () => {
    it('decides about the host, not about other hosts of the image', async () => {
      expect((await hostsOf('running=true')).sort()).toEqual([idOf(3), idOf(5), last]);
      expect((await hostsOf('running=true&name=app')).sort()).toEqual([idOf(5), last]);
      expect(await hostsOf('running=false&name=tool')).toEqual([last]);
      const { items } = await fetched('/v1/hosts?running=true&sort=name');
      expect(items.map((host: Body) => [host.hostId, host.matches])).toEqual([
        [idOf(3), 1],
        [idOf(5), 1],
        [last, 1],
      ]);
    });

    it('decides about the images of the host', async () => {
      expect(await namesOf(`/v1/hosts/${last}/images?running=true`)).toEqual(['app']);
      expect(await namesOf(`/v1/hosts/${last}/images?running=false`)).toEqual(['tool']);
      expect(await namesOf(`/v1/images?hostId=${idOf(7)}&running=true`)).toEqual([]);
      expect(await namesOf(`/v1/images?hostName=${nameOf(3)}&running=true`)).toEqual(['tool']);
      expect(await namesOf('/v1/images?running=true')).toEqual(['app', 'tool']);
    });

    it('is counted: containers of each image, and of all matching images', async () => {
      const [{ containerCount, images }] = (await fetched(`/v1/hosts?hostId=${last}`)).items;
      expect(containerCount).toBe(2);
      expect(images.map((image: Body) => [image.name, image.containerCount]).sort()).toEqual([
        ['app', 2],
        ['tool', 0],
      ]);
      const { items } = await fetched(`/v1/hosts/${last}/images?sort=name&fields=name,containerCount`);
      expect(items).toEqual([
        { name: 'app', containerCount: 2 },
        { name: 'tool', containerCount: 0 },
      ]);
    });

    it('is counted by the facet of the host', async () => {
      const { facets } = await fetched(`/v1/hosts/${last}/images?facets=running`);
      expect(facets.running).toEqual([
        { value: 'false', filter: 'false', count: 1 },
        { value: 'true', filter: 'true', count: 1 },
      ]);
    });
  });

  describe('the host that is asked for', () => {
    it.each([
      `/v1/hosts/${last}/images?name=app`,
      `/v1/images?name=app&hostId=${last}`,
      `/v1/images?name=app&hostName=${nameOf(11)}`,
      `/v1/images?name=app&hostName=${nameOf(11).toUpperCase()}`,
      `/v1/images?name=app&hostQuery=-11`,
    ])('stands first among the ten hosts of an item: %s', async (path) => {
      const [{ hosts }] = (await fetched(path)).items;
      expect(hosts.items[0]).toMatchObject({ hostId: last, name: nameOf(11), containerCount: 2 });
      expect([hosts.items.length, hosts.total]).toEqual([10, 12]);
      expect(new Set(hosts.items.map(({ hostId }: Body) => hostId)).size).toBe(10);
    });

    it('stands first under the host itself', async () => {
      const { items } = await fetched('/v1/hosts?name=app&fields=name,hosts&limit=200');
      expect(items).toHaveLength(12);
      for (const { hostId, images } of items) expect(images[0].hosts.items[0].hostId).toBe(hostId);
    });

    it('does not change the order of other answers', async () => {
      const [{ hosts }] = (await fetched('/v1/images?name=app')).items;
      expect(hosts.items.map(({ hostId }: Body) => hostId)).toEqual(hostNumbers.slice(0, 10).map(idOf));
    });
  });

  describe('the list of hosts', () => {
    it('has the worst images first when it is asked for that', async () => {
      // The severity of an image is known of hosts 3 and 11 (high), 7 (medium), and all others (low).
      const bySeverity = await hostsOf('sort=-severity,name');
      expect(bySeverity.slice(0, 3)).toEqual([idOf(3), last, idOf(7)]);
      expect((await hostsOf('sort=severity,name')).slice(-3)).toEqual([idOf(7), idOf(3), last]);
      expect((await hostsOf('sort=-vulnerabilities,-name'))[0]).toEqual(idOf(7));
      expect(await hostsOf('sort=-severity,-vulnerabilities,name&limit=5')).toEqual(bySeverity.slice(0, 5));
    });

    it('has the most matches first, or another order', async () => {
      expect((await hostsOf('')).slice(0, 2)).toEqual([idOf(3), idOf(7)]);
      const byName = hostNumbers.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).map(idOf);
      expect(await hostsOf('sort=name')).toEqual(byName);
      expect(await hostsOf('sort=-name')).toEqual(byName.toReversed());
      expect((await hostsOf('sort=-containers')).slice(0, 3)).toEqual([idOf(3), last, idOf(5)]);
      expect((await hostsOf('sort=-matches,-name')).slice(0, 3)).toEqual([last, idOf(7), idOf(3)]);
    });

    it('keeps its order from page to page', async () => {
      const all = await hostsOf('sort=-containers,name');
      const found: string[] = [];
      for (let next: string | null = '/v1/hosts?sort=-containers,name&limit=5'; next !== null;) {
        const page = await fetched(next);
        found.push(...page.items.map(({ hostId }: Body) => hostId));
        next = page.next;
      }
      expect(found).toEqual(all);
    });

    it('is searched by a part of the name, in any case', async () => {
      expect((await hostsOf('hostQuery=WEB-1')).sort()).toEqual([idOf(10)]);
      expect(await hostsOf('hostQuery=db&name=tool')).toEqual([idOf(3), last]);
      expect(await hostsOf('hostQuery=nowhere')).toEqual([]);
      expect(await namesOf('/v1/images?hostQuery=DB-07')).toEqual(['app', 'idle']);
      expect(await hostsOf('hostQuery=b-0&running=true')).toEqual([idOf(3), idOf(5)]);
    });

    it.each(['sort=hosts', 'sort=name,-name', 'hostQuery='])('refuses %s', async (query) => {
      const { status, body } = await story.service.get(`/v1/hosts?${query}`);
      expect([status, body.errors[0].field]).toEqual([400, query.split('=')[0]]);
    });
  });

  describe('the files that match', () => {
    const ofTool = [{ name: 'libtool.so', path: '/usr/lib/', sizeBytes: 7 }];

    it.each([
      '/v1/images?fileName=libtool',
      '/v1/images?fileName=LibTool',
      '/v1/images?fileName=/usr/LIB/libtool.so',
      '/v1/images?fileName=libtool&filePath=/USR/',
      `/v1/hosts/${last}/images?fileName=libtool`,
    ])('stand beside the image: %s', async (path) => {
      const { items } = await fetched(path);
      expect(items).toMatchObject([{ name: 'tool', matchedFiles: ofTool }]);
    });

    it('stand beside the image under its host, and in exports', async () => {
      const { items } = await fetched('/v1/hosts?fileName=lib&filePath=/usr/&name=tool');
      expect(items.map(({ images }: Body) => images[0].matchedFiles)).toEqual([ofTool, ofTool]);
      const { text } = await story.service.get('/v1/catalog/export?fileName=tool');
      expect(JSON.parse(text).matchedFiles).toEqual(ofTool);
      const csv = (await story.service.get('/v1/catalog/export?fileName=tool&format=csv')).text;
      expect(csv.split('\r\n').map((line) => line.split(',').at(-1))).toEqual([
        'matchedFiles',
        '/usr/lib/libtool.so',
        '',
      ]);
    });

    it('are not shown without a filter on files, or when other fields are chosen', async () => {
      for (const query of ['name=tool', 'fileName=tool&fields=name'])
        expect((await fetched(`/v1/images?${query}`)).items[0]).not.toHaveProperty('matchedFiles');
      expect((await fetched('/v1/images?fileName=tool&fields=matchedFiles')).items).toEqual([
        { matchedFiles: ofTool },
      ]);
    });
  });

  describe('the export of hosts', () => {
    const exported = (query: string) => story.service.get(`/v1/catalog/export?of=hosts&${query}`);

    it('has a line for each host and image, with the number of containers', async () => {
      const { text, headers } = await exported('');
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const pairs = Object.entries(placed).flatMap(([image, hosts]) =>
        Object.entries(hosts).map(([number, count]) => `${image} ${nameOf(Number(number))} ${count}`),
      );
      expect(
        lines
          .map(({ image, hostName, containerCount }) => `${image.name} ${hostName} ${containerCount}`)
          .sort(),
      ).toEqual(pairs.sort());
      expect(headers.get('x-catalog-total')).toBe(String(pairs.length));
    });

    it('takes the filters of hosts', async () => {
      for (const [query, count] of [
        ['running=true', 3],
        ['running=false&name=tool', 1],
        [`hostId=${last}`, 2],
        ['hostQuery=WEB', 6],
        ['fileName=tool&running=true', 1],
        ['name=nothing', 0],
      ] as const) {
        const { text, headers } = await exported(query);
        expect([query, text.split('\n').length - 1]).toEqual([query, count]);
        expect([query, headers.get('x-catalog-total')]).toEqual([query, String(count)]);
      }
    });

    it('writes CSV in which a spreadsheet runs no formula', async () => {
      const { text } = await exported('format=csv&running=true&name=tool&fileName=ssl');
      const [head, line, end] = text.split('\r\n').map((row) => row.split(','));
      expect(head!.slice(0, 4)).toEqual(['hostId', 'hostName', 'agentId', 'containerCount']);
      expect(head).toEqual(expect.arrayContaining(['digest', 'name', 'tag', 'severity', 'vulnerabilities']));
      expect(line!.slice(0, 4)).toEqual([idOf(3), nameOf(3), 'agent-3', '3']);
      expect(line![head!.indexOf('digest')]).toBe(digests.get('tool'));
      expect(line!.at(-1)).toBe("'=opt/libssl.so");
      expect(end).toEqual(['']);
    });

    it('refuses images that only might match', async () => {
      const { status, body } = await exported('fileName=x&match=unknown');
      expect([status, body.errors[0].field]).toEqual([400, 'match']);
      expect((await story.service.get('/v1/catalog/export?of=files')).body.errors[0].field).toBe('of');
    });
  });
});
