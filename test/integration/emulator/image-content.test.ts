import { describe, expect, it } from '@jest/globals';
import { proxyAgentId, useEmulator, type Row } from './emulator-client.js';

describe('the content of images in the emulator', () => {
  const hss = useEmulator();
  const proxyAgentDigest = `sha256:${proxyAgentId}`;
  const firstTenFiles = [
    'ld.gold',
    'dwp',
    'libcrypto.so.1.0.2k',
    'libc-2.17.so',
    'libdb-5.3.so',
    'libpython2.7.so.1.0',
    'libgio-2.0.so.0.5600.1',
    'libopcodes-2.27-34.base.el7.so',
    'systemd',
    'systemd-analyze',
  ];

  function rowWith(status: string) {
    const image = hss.emulator.data.registryImages.find(
      ({ row, enterpriseProjectId }) =>
        row.scan_status === status && row.image_type === 'private_image' && enterpriseProjectId === '0',
    );
    if (image === undefined) throw new Error(`No private image is ${status}`);
    return image.row;
  }

  function queryOf(row: Row, tagParameter: string) {
    return {
      image_type: String(row['image_type']),
      namespace: String(row['namespace']),
      image_name: String(row['image_name']),
      [tagParameter]: String(row['image_version']),
    };
  }

  describe('ListImageFiles', () => {
    it('answers the ten documented files first, of fifty', async () => {
      const reply = await hss.files();
      expect(reply.total).toBe(50);
      expect(reply.rows.map((row) => row['file_name'])).toEqual(firstTenFiles);
      expect(reply.rows[0]).toEqual({ size: 5354296, file_name: 'ld.gold', file_path: '/usr/bin/' });
    });

    it('shows every file exactly once to a walk', async () => {
      const pages = await Promise.all([0, 20, 40].map((offset) => hss.files({ limit: 20, offset })));
      const files = pages.flatMap((page) =>
        page.rows.map((row) => `${String(row['file_path'])}${String(row['file_name'])}`),
      );
      expect(files).toHaveLength(50);
      expect(new Set(files).size).toBe(50);
    });

    it.each([proxyAgentId, proxyAgentDigest])('finds the image by %s', async (imageId) => {
      expect((await hss.files({}, imageId)).total).toBe(50);
    });

    it('accepts a literal and an encoded colon in the path', async () => {
      const reply = await hss.get(`${proxyAgentDigest}/files`, {
        image_type: 'private_image',
        namespace: 'scc_hss_container',
        image_name: 'proxy-agent',
        tag_name: '24.5.0-x86_64',
      });
      expect(reply.total).toBe(50);
    });

    it('finds files by a part of their name', async () => {
      const reply = await hss.files({ file_name: 'systemd' });
      expect(reply.rows.length).toBeGreaterThanOrEqual(2);
      expect(reply.rows.every((row) => String(row['file_name']).includes('systemd'))).toBe(true);
      expect((await hss.files({ file_name: 'SYSTEMD' })).total).toBe(0);
    });

    it('answers a CI/CD image by its id alone', async () => {
      const reply = await hss.get('111/files', {
        image_type: 'cicd',
        enterprise_project_id: 'all_granted_eps',
      });
      expect(reply.status).toBe(200);
      expect(reply.total).toBeGreaterThan(0);
      expect((await hss.get('nightly%2042%25/files', { image_type: 'cicd' })).status).toBe(200);
    });

    it('answers images whose names are hard to carry in a URL', async () => {
      const odd = hss.emulator.data.registryImages.find(({ row }) => row.image_name?.startsWith('web shell'));
      const row = odd?.row ?? {};
      const reply = await hss.get(`${row.image_id ?? ''}/files`, queryOf(row, 'tag_name'));
      expect(reply.status).toBe(200);
    });

    it('answers a variant of a multi-architecture image by its own id', async () => {
      const { data } = hss.emulator;
      const parent = data.registryImages.find(
        ({ row, enterpriseProjectId }) =>
          enterpriseProjectId === '0' &&
          row.association_images?.some((child) => child.scan_status === 'success'),
      );
      const child = parent?.row.association_images?.find(({ scan_status }) => scan_status === 'success');
      const reply = await hss.get(`${child?.image_id ?? ''}/files`, queryOf(parent?.row ?? {}, 'tag_name'));
      expect(reply.total).toBe(data.files(child?.image_digest ?? '').length);
    });

    it.each(['unscan', 'scanning', 'failed', 'waiting_for_scan'])(
      'answers an empty list for an image whose scan is %s',
      async (status) => {
        const row = rowWith(status);
        const reply = await hss.get(`${row.image_id ?? ''}/files`, queryOf(row, 'tag_name'));
        expect(reply.status).toBe(200);
        expect(reply.body).toEqual({ total_num: 0, data_list: [] });
      },
    );

    it('gives each image its own files, some images thousands', () => {
      const { data } = hss.emulator;
      const counts = data.registryImages.slice(5).map(({ row }) => data.files(row.image_digest ?? '').length);
      expect(Math.max(...counts)).toBeGreaterThan(1000);
      expect(counts).toContain(0);
    });

    it('keeps the sizes of files inside the int32 of SDK models', () => {
      const { data } = hss.emulator;
      const sizes = data.registryImages.flatMap(({ row }) =>
        data.files(row.image_digest ?? '').map(({ size }) => size ?? 0),
      );
      expect(sizes.every((size) => size <= 2_147_483_547)).toBe(true);
      expect(sizes).toContain(2_147_483_547);
    });

    it('refuses an image that does not exist with HSS.0011', async () => {
      const other = await hss.files({}, 'f'.repeat(64));
      const coordinates = await Promise.all(
        [{ tag_name: 'x' }, { image_name: 'x' }, { namespace: 'x' }, { image_type: 'harbor' }].map((wrong) =>
          hss.files(wrong),
        ),
      );
      const cicd = await hss.get('no-such-build/files', { image_type: 'cicd' });
      for (const reply of [other, ...coordinates, cicd]) {
        expect(reply.status).toBe(400);
        expect(reply.body).toMatchObject({ error_code: 'HSS.0011' });
      }
    });

    it('does not find an image of another enterprise project', async () => {
      const image = hss.emulator.data.registryImages.find(
        ({ row, enterpriseProjectId }) => enterpriseProjectId !== '0' && row.image_type === 'private_image',
      );
      const row = image?.row ?? {};
      const query = queryOf(row, 'tag_name');
      expect((await hss.get(`${row.image_id ?? ''}/files`, query)).body).toMatchObject({
        error_code: 'HSS.0011',
      });
      const all = { ...query, enterprise_project_id: 'all_granted_eps' };
      expect((await hss.get(`${row.image_id ?? ''}/files`, all)).status).toBe(200);
    });

    it.each([
      ['image_type', 'jfrog'],
      ['image_type', 'virtual'],
      ['image_type', ''],
      ['namespace', 'n'.repeat(257)],
      ['image_name', 'n'.repeat(257)],
      ['tag_name', 't'.repeat(257)],
      ['namespace', ''],
      ['image_name', ''],
      ['tag_name', ''],
      ['file_name', 'f'.repeat(257)],
      ['limit', '9'],
      ['limit', '201'],
      ['offset', 'x'],
    ])('refuses %s=%s with HSS.0001', async (name, value) => {
      const reply = await hss.files({ [name]: value });
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ error_code: 'HSS.0001' });
    });

    it.each(['image_type', 'namespace', 'image_name', 'tag_name'])(
      'refuses a call without %s',
      async (missing) => {
        const all = queryOf(rowWith('success'), 'tag_name');
        const query = Object.fromEntries(Object.entries(all).filter(([name]) => name !== missing));
        const reply = await hss.get(`${proxyAgentId}/files`, query);
        expect(reply.body).toMatchObject({ error_code: 'HSS.0001' });
        expect(String(reply.body['error_msg'])).toContain(missing);
      },
    );

    it.each(['', 'eu-west-101'])('refuses the region header "%s"', async (region) => {
      const reply = await hss.get(`${proxyAgentId}/files`, { image_type: 'private_image' }, { region });
      expect(reply.status).toBe(400);
      expect(String(reply.body['error_msg'])).toContain('region');
    });
  });

  describe('ListImageBasicImage', () => {
    it('answers the base OS of the documentation', async () => {
      expect((await hss.basicImage()).body).toEqual({
        total_num: 1,
        data_list: [
          {
            os_name: 'Debian',
            os_version: '9',
            layer_digest: 'sha256:27833a3ba0a545deda33bb01eaf95a14d05d43bf30bce9267d92d17f069fe897',
          },
        ],
      });
    });

    it('accepts pages of 1 to 200 rows and filters by os_name', async () => {
      expect((await hss.basicImage({ limit: 1 })).total).toBe(1);
      expect((await hss.basicImage({ limit: 200, offset: 0 })).rows).toHaveLength(1);
      expect((await hss.basicImage({ os_name: 'Debian' })).total).toBe(1);
      expect((await hss.basicImage({ os_name: 'Alpine' })).total).toBe(0);
    });

    it('answers an empty list for an image that is not scanned', async () => {
      const row = rowWith('scanning');
      const reply = await hss.get(`${row.image_id ?? ''}/basic-image`, queryOf(row, 'image_version'));
      expect(reply.body).toEqual({ total_num: 0, data_list: [] });
    });

    it('has images without a base OS and images with two', () => {
      const { data } = hss.emulator;
      const counts = data.registryImages.map(({ row }) => data.basicImages(row.image_digest ?? '').length);
      expect(new Set(counts)).toEqual(new Set([0, 1, 2]));
    });

    it.each([
      ['image_version', ''],
      ['image_type', 'jfrog'],
      ['limit', '0'],
      ['limit', '201'],
      ['os_name', 'o'.repeat(257)],
    ])('refuses %s=%s with HSS.0001', async (name, value) => {
      const reply = await hss.basicImage({ [name]: value });
      expect(reply.body).toMatchObject({ error_code: 'HSS.0001' });
    });

    it('ignores the tag under the parameter name of the files API', async () => {
      const reply = await hss.get(`${proxyAgentId}/basic-image`, queryOf(rowWith('success'), 'tag_name'));
      expect(reply.body).toMatchObject({ error_code: 'HSS.0001' });
    });

    it('refuses a call without the region header', async () => {
      const reply = await hss.send(`${proxyAgentId}/basic-image`, {
        headers: { 'X-Auth-Token': hss.emulator.issueToken() },
      });
      expect(reply.body).toMatchObject({ error_code: 'HSS.0001' });
    });
  });

  describe('an emulator that is not strict about the region header', () => {
    const lenient = useEmulator({ strictRegionHeader: false, registryImages: 1, localImages: 1 });

    it('answers files without the header but demands it for the base OS', async () => {
      const headers = { 'X-Auth-Token': lenient.emulator.issueToken() };
      const query = { image_type: 'cicd' };
      expect((await lenient.send('111/files', { query, headers })).status).toBe(200);
      expect((await lenient.send('111/basic-image', { query, headers })).status).toBe(400);
    });
  });

  describe('an emulator with 64-bit file sizes', () => {
    const wide = useEmulator({ int64FileSizes: true });

    it('writes sizes above 2^53 with every digit', async () => {
      const { data } = wide.emulator;
      const image = data.registryImages.find(
        ({ row, enterpriseProjectId }) =>
          enterpriseProjectId === '0' &&
          row.scan_status === 'success' &&
          row.image_type === 'private_image' &&
          data.files(row.image_digest ?? '').some((file) => file.file_name === 'sparse.img'),
      );
      const row = image?.row ?? {};
      const reply = await wide.get(`${row.image_id ?? ''}/files`, queryOf(row, 'tag_name'));
      expect(reply.text).toContain('"size":9007199254740993');
    });
  });
});
