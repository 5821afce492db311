// How the parameters of one image go to HSS: coordinates, content filters, the enterprise project.
import { describe, expect, it } from '@jest/globals';
import { filterUrl, local, oddTexts, registry, useFilters } from '../support/filters.js';
import { proxyAgentCoordinates as coordinates, proxyAgentId as id } from '../support/proxy-agent.js';
import { startService } from '../support/service.js';

describe('image parameters', () => {
  const story = useFilters();

  describe.each([
    {
      route: 'files',
      api: 'ListImageFiles',
      tagName: 'tag_name',
      filter: 'fileName',
      hssFilter: 'file_name',
      longest: { namespace: 256, name: 256, tag: 256 },
    },
    {
      route: 'base-os',
      api: 'ListImageBasicImage',
      tagName: 'image_version',
      filter: 'osName',
      hssFilter: 'os_name',
      longest: { namespace: 128, name: 128, tag: 64 },
    },
  ])('the filters of /v1/images/{imageId}/$route', ({ route, api, tagName, filter, hssFilter, longest }) => {
    const path = `/v1/images/${id}/${route}`;
    const sentCoordinates = {
      image_type: 'private_image',
      namespace: 'scc_hss_container',
      image_name: 'proxy-agent',
      [tagName]: '24.5.0-x86_64',
    };

    it('are the coordinates in HSS’s words', async () => {
      expect(await story.asked(path, coordinates)).toEqual(sentCoordinates);
      expect(story.emulator.journal.calls()).toMatchObject([
        { api, imageId: id, headers: { region: story.emulator.region } },
      ]);
    });

    it(`are ${filter}, in any text up to 256 characters`, async () => {
      for (const text of [...oddTexts, 'a'.repeat(256), '界'.repeat(256)]) {
        story.emulator.journal.clear();
        expect(await story.asked(path, { ...coordinates, [filter]: text })).toEqual({
          ...sentCoordinates,
          [hssFilter]: text,
        });
      }
      story.emulator.journal.clear();
      await story.expectRefused(path, { ...coordinates, [filter]: 'a'.repeat(257) }, [filter]);
      await story.expectRefused(path, { ...coordinates, [filter]: '' }, [filter]);
    });

    it('narrow the answer', async () => {
      const wanted = route === 'files' ? 'lib' : 'Debian';
      const { body } = await story.service.get(filterUrl(path, { ...coordinates, [filter]: wanted }));
      expect(body.items.length).toBeGreaterThan(0);
      for (const { name, osName } of body.items) expect(name ?? osName).toContain(wanted);
      const none = await story.service.get(filterUrl(path, { ...coordinates, [filter]: 'no such thing' }));
      expect(none.body).toMatchObject({ items: [], total: 0, next: null });
    });

    it.each(Object.entries(longest))('refuse a %s over %d characters', async (name, most) => {
      await story.expectRefused(path, { ...coordinates, [name]: 'x'.repeat(most + 1) }, [name]);
      // HSS takes the longest text and does not know such an image.
      const answer = await story.service.get(filterUrl(path, { ...coordinates, [name]: 'x'.repeat(most) }));
      expect(answer.body).toMatchObject({ status: 404, upstream: { code: 'HSS.0011' } });
    });

    it.each(['jfrog', 'private', 'linux_vul', ''])('refuse type=%s', (type) =>
      story.expectRefused(path, { ...coordinates, type }, ['type']),
    );

    it('refuse the filters of other routes', () =>
      story.expectRefused(path, { ...coordinates, include: 'image', fileLimit: '1', tag_name: 'x' }, [
        'include',
        'fileLimit',
        'tag_name',
      ]));

    it('need nothing but the type for a CI/CD image', async () => {
      const answer = await story.service.get(`/v1/images/111/${route}?type=cicd`);
      expect(answer.status).toBe(200);
      const [call, ...others] = story.emulator.journal.calls();
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

    it.each(['', '/files', '/base-os'])(
      'are each named in the error at /v1/images/{imageId}%s',
      async (suffix) => {
        for (const missing of [[...names], ...names.map((name) => [name]), ['namespace', 'tag']]) {
          const given = Object.entries(coordinates).filter(([name]) => !missing.includes(name as 'tag'));
          const answer = await story.service.get(
            filterUrl(`/v1/images/${id}${suffix}`, Object.fromEntries(given)),
          );
          expect(answer.body).toMatchObject({ status: 400, code: 'image-coordinates-required' });
          expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(missing);
        }
        expect(story.emulator.journal.calls()).toEqual([]);
      },
    );

    it.each(['image', 'baseOs', 'files', 'hosts', 'image,hosts'])(
      'are required for include=%s too',
      async (include) => {
        const answer = await story.service.get(filterUrl(`/v1/images/${id}`, { include, type: 'harbor' }));
        expect(answer.body).toMatchObject({ status: 400, code: 'image-coordinates-required' });
        expect(story.emulator.journal.calls()).toEqual([]);
      },
    );
  });

  describe('the merged answer', () => {
    const path = `/v1/images/${id}`;

    it('refuses invalid parts and file limits', async () => {
      for (const include of ['', 'everything', 'image,', 'image,image', 'image baseOs', 'Image', 'toString'])
        await story.expectRefused(path, { ...coordinates, include }, ['include']);
      for (const fileLimit of ['0', '201', '-1', 'x'])
        await story.expectRefused(path, { ...coordinates, fileLimit }, ['fileLimit']);
      await story.expectRefused(path, { ...coordinates, fileName: 'x'.repeat(257), limit: '1' }, [
        'limit',
        'fileName',
      ]);
    });

    it('accepts the smallest and the largest file limit', async () => {
      for (const [fileLimit, length] of [
        ['1', 1],
        ['200', 50],
      ] as const) {
        const { body } = await story.service.get(
          filterUrl(path, { ...coordinates, include: 'files', fileLimit }),
        );
        expect(body.files.items).toHaveLength(length);
      }
    });

    it('sends its file filter to HSS', async () => {
      const fileName = '50% + 界';
      expect(
        (await story.service.get(filterUrl(path, { ...coordinates, include: 'files', fileName }))).status,
      ).toBe(200);
      expect(story.emulator.journal.calls('ListImageFiles')).toMatchObject([
        { query: { file_name: fileName } },
      ]);
    });
  });

  describe('the enterprise project', () => {
    const everyCall = [
      filterUrl(registry, {}),
      filterUrl(local, {}),
      filterUrl(`/v1/images/${id}/files`, coordinates),
      filterUrl(`/v1/images/${id}/base-os`, coordinates),
      filterUrl(`/v1/images/${id}`, {
        ...coordinates,
        include: 'image,baseOs,files,hosts',
      }),
    ];

    it.each(everyCall)('is the configured one unless the consumer names another: %s', async (path) => {
      const projects = () => [
        ...new Set(story.emulator.journal.calls().map(({ query }) => query['enterprise_project_id'])),
      ];
      expect((await story.service.get(path)).status).toBe(200);
      expect(projects()).toEqual(['all_granted_eps']);
      story.emulator.journal.clear();
      const separator = path.includes('=') ? '&' : '';
      expect((await story.service.get(`${path}${separator}enterpriseProjectId=0`)).status).toBe(200);
      expect(projects()).toEqual(['0']);
    });

    it('is not sent when neither the setting nor the consumer names it', async () => {
      const unset = await startService({
        emulator: story.emulator,
        clock: story.clock,
        env: { HSS_ENTERPRISE_PROJECT_ID: '' },
      });
      expect((await unset.get(local)).status).toBe(200);
      expect(story.emulator.journal.calls()[0]!.query).toEqual({ limit: '200', offset: '0' });
      await unset.close();
    });

    it("that HSS refuses is the consumer's fault and does not affect other requests", async () => {
      const project = 'x'.repeat(64);
      const answer = await story.service.get(filterUrl(registry, { enterpriseProjectId: project }));
      expect(answer.body).toMatchObject({ status: 403, code: 'forbidden' });
      expect(story.emulator.journal.calls()).toMatchObject([{ query: { enterprise_project_id: project } }]);
      expect((await story.service.get(registry)).status).toBe(200);
      story.emulator.journal.clear();
      await story.expectRefused(registry, { enterpriseProjectId: `${project}x` }, ['enterpriseProjectId']);
    });
  });
});
