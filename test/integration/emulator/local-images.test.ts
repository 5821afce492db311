import { describe, expect, it } from '@jest/globals';
import { useEmulator, type Row } from './emulator-client.js';

describe('local images of the emulator', () => {
  const hss = useEmulator();
  const webshellRow = {
    image_id: 'f757deea-781e-45ec-90ec-f199249890df',
    image_name: 'webshell-ljx',
    image_version: 'v1',
    image_digest: 'sha256:ce0b5d91b072730d0bc9518f11efd07eb7fdb9f43251e11a96cab5b1918b7044',
    local_image_type: 'swr_image',
    scan_status: 'success',
    image_size: 215304488,
    latest_update_time: 1697509433000,
    latest_scan_time: 1709973506292,
    host_num: 0,
    container_num: 5,
    component_num: 146,
    vul_num: 77,
    host_name: 'myhost',
    host_id: '9ad79426-992c-4be4-a2d1-dfd3a75b7c14',
    agent_id: '1c1d073c5fc403eb0d9c3088bc49da4e015586fd4864513a2fd81afedce282d4',
    severity_level: 'High',
  };

  async function expectFilter(
    query: Record<string, string | number | boolean>,
    matches: (row: Row) => boolean,
  ) {
    const all = await hss.walk('local', 200);
    const reply = await hss.local(query);
    const expected = all.filter(matches).length;
    expect(reply.status).toBe(200);
    expect(expected).toBeGreaterThan(0);
    expect(expected).toBeLessThan(all.length);
    expect(reply.total).toBe(expected);
    expect(reply.rows.filter((row) => !matches(row))).toEqual([]);
  }

  describe('ListImageLocal', () => {
    it('begins with the unchanged row of the documentation', async () => {
      const { rows } = await hss.local({ limit: 10 });
      expect(rows[0]).toEqual(webshellRow);
    });

    it('shows every row exactly once to a walk', async () => {
      const rows = await hss.walk('local', 50);
      expect(rows).toHaveLength(320);
      const keys = rows.map((row) => `${String(row['image_id'])} ${String(row['host_id'])}`);
      expect(new Set(keys).size).toBe(320);
    });

    it('lists an image once for each of its hosts', async () => {
      const rows = await hss.walk('local', 200);
      const onSeveral = rows.filter((row) => Number(row['host_num']) > 1);
      expect(onSeveral.length).toBeGreaterThan(20);
      const [first] = onSeveral;
      const sameImage = rows.filter((row) => row['image_id'] === first?.['image_id']);
      expect(sameImage).toHaveLength(Number(first?.['host_num']));
    });

    it('shows the image of the files example on two hosts', async () => {
      const reply = await hss.local({ image_name: 'proxy-agent', image_version: '24.5.0-x86_64' });
      expect(reply.rows.map((row) => row['host_name'])).toEqual(['主机 一号', 'node-0001']);
      expect(new Set(reply.rows.map((row) => row['image_digest']))).toEqual(
        new Set(['sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53']),
      );
    });

    it('copies about six of ten images from the registry', () => {
      const { data } = hss.emulator;
      const digests = new Set(data.registryImages.map(({ row }) => row.image_digest));
      const copies = data.localImages.filter(
        ({ row }) => row.image_digest != null && digests.has(row.image_digest),
      );
      expect(copies.length / data.localImages.length).toBeGreaterThan(0.45);
      expect(copies.length / data.localImages.length).toBeLessThan(0.75);
    });

    it('has sizes above 2^53, very long names and reasons for not scanning', async () => {
      const rows = await hss.walk('local', 200);
      expect((await hss.local()).text).toContain('"image_size":9007199254740993');
      expect(rows.some((row) => String(row['image_name']).length > 128)).toBe(true);
      expect(rows.some((row) => typeof row['non_scan_reason'] === 'string')).toBe(true);
      expect(rows.some((row) => row['image_digest'] === null)).toBe(true);
    });

    describe('filters', () => {
      it.each([
        ['local_image_type', 'other_image'],
        ['host_id', webshellRow.host_id],
        ['image_size', webshellRow.image_size],
        ['scan_status', 'scanning'],
      ])('compares %s exactly', async (name, value) => {
        await expectFilter({ [name]: value }, (row) => row[name] === value);
      });

      it.each([
        ['image_name', 'debug', 'Debug'],
        ['image_name', 'y-1', 'Y-1'],
        ['host_name', 'node-000', 'Node-000'],
        ['host_name', '一号', '二号'],
      ])('matches a part of %s, in its case', async (name, part, otherCase) => {
        await expectFilter({ [name]: part }, (row) => String(row[name]).includes(part));
        expect((await hss.local({ [name]: otherCase })).total).toBe(0);
      });

      it.each([
        ['container_name', 'webshell-', 1],
        ['pod_name', 'webshell-pod', 1],
        ['app_name', 'apache', 1],
        ['container_name', 'Webshell-', 0],
        ['pod_name', 'Webshell-pod', 0],
        ['app_name', 'Apache', 0],
      ])('finds by a part of %s: %s', async (name, part, total) => {
        expect((await hss.local({ [name]: part })).total).toBe(total);
      });

      it.each(['host_id', 'host_ip', 'container_id', 'pod_id'])(
        'never matches a part of %s',
        async (name) => {
          const host = hss.emulator.data.localImages[0]?.hosts[0];
          const container = host?.containers[2];
          const values: Record<string, string | undefined> = {
            host_id: host?.id,
            host_ip: host?.privateIp,
            container_id: container?.id,
            pod_id: container?.podId,
          };
          expect((await hss.local({ [name]: values[name]?.slice(0, -1) ?? '' })).total).toBe(0);
        },
      );

      it('finds waiting rows by waiting_for_scan, not by waiting', async () => {
        await expectFilter({ scan_status: 'waiting_for_scan' }, (row) => row['scan_status'] === 'waiting');
        expect((await hss.local({ scan_status: 'waiting' })).total).toBe(0);
      });

      it.each(['scan_status', 'local_image_type'])(
        'answers an empty list for an unknown %s',
        async (name) => {
          const reply = await hss.local({ [name]: 'no-such-word' });
          expect(reply.status).toBe(200);
          expect(reply.body).toEqual({ total_num: 0, data_list: [] });
        },
      );

      it('uses image_version only together with image_name', async () => {
        expect((await hss.local({ image_version: 'no-such-tag' })).total).toBe(320);
        expect((await hss.local({ image_name: 'webshell-ljx', image_version: 'v1' })).total).toBe(1);
        expect((await hss.local({ image_name: 'webshell-ljx', image_version: 'v2' })).total).toBe(0);
      });

      it('finds sizes above 2^53 by every digit', async () => {
        expect((await hss.local({ image_size: '9007199254740993' })).total).toBe(1);
        expect((await hss.local({ image_size: '9007199254740992' })).total).toBe(0);
      });

      it('treats size 0, the documented default, as not set', async () => {
        expect((await hss.local({ image_size: 0 })).total).toBe(320);
      });

      it.each([true, false])('filters by has_vul=%s among scanned rows only', async (wanted) => {
        await expectFilter(
          { has_vul: wanted },
          (row) => row['scan_status'] === 'success' && Number(row['vul_num'] ?? 0) > 0 === wanted,
        );
      });

      it.each([true, false])('filters by has_container=%s', async (wanted) => {
        await expectFilter({ has_container: wanted }, (row) => Number(row['container_num']) > 0 === wanted);
      });

      it('filters by a range of update times', async () => {
        const [from, to] = [webshellRow.latest_update_time - 1, webshellRow.latest_update_time + 1];
        const reply = await hss.local({ start_latest_update_time: from, end_latest_update_time: to });
        expect(reply.rows).toEqual([webshellRow]);
      });

      it('filters scanned rows by a range of scan times', async () => {
        await expectFilter(
          { start_latest_scan_time: 0, end_latest_scan_time: 1_757_000_000_000 },
          (row) => row['scan_status'] === 'success' && Number(row['latest_scan_time']) <= 1_757_000_000_000,
        );
      });

      it.each(['latest_update_time', 'latest_scan_time'])(
        'voids a pair of %s that is no range',
        async (field) => {
          const [start, end] = [`start_${field}`, `end_${field}`];
          const voidPairs = [
            { [start]: 1 },
            { [end]: 1 },
            { [start]: 5, [end]: 5 },
            { [start]: 6, [end]: 5 },
          ];
          for (const pair of [...voidPairs, { [start]: 0, [end]: 0 }]) {
            expect((await hss.local(pair)).total).toBe(320);
          }
          expect((await hss.local({ [start]: 1, [end]: 2 })).total).toBe(0);
        },
      );

      it.each(['192.168.0.10', '203.0.113.10'])(
        'finds by the private and the public address %s',
        async (ip) => {
          expect((await hss.local({ host_ip: ip })).rows).toEqual([webshellRow]);
        },
      );

      it.each(['container_id', 'container_name', 'pod_id', 'pod_name'])('finds by %s', async (name) => {
        const container = hss.emulator.data.localImages[0]?.hosts[0]?.containers[2];
        const values: Record<string, string | undefined> = {
          container_id: container?.id,
          container_name: container?.name,
          pod_id: container?.podId,
          pod_name: container?.podName,
        };
        expect((await hss.local({ [name]: values[name] ?? '' })).rows).toEqual([webshellRow]);
      });

      it('finds images by the name of their software', async () => {
        const reply = await hss.local({ app_name: 'c++ 运行库' });
        expect(reply.total).toBeGreaterThan(10);
        expect(reply.total).toBeLessThan(320);
        expect((await hss.local({ app_name: 'no-such-software' })).total).toBe(0);
      });

      it('ignores an empty text parameter', async () => {
        const empty = {
          host_name: '',
          host_id: '',
          container_id: '',
          pod_name: '',
          app_name: '',
          scan_status: '',
        };
        expect((await hss.local(empty)).total).toBe(320);
      });

      it('shows only the default enterprise project without the parameter', async () => {
        const reply = await hss.get('local-repositories');
        expect(reply.total).toBeLessThan(320);
        expect(reply.rows).toHaveLength(10);
      });
    });

    it.each([
      ['limit', '9'],
      ['limit', '201'],
      ['offset', '2000001'],
      ['has_vul', 'yes'],
      ['has_container', '0'],
      ['image_name', ''],
      ['image_name', 'n'.repeat(257)],
      ['image_version', 'v'.repeat(129)],
      ['scan_status', 's'.repeat(33)],
      ['local_image_type', 't'.repeat(65)],
      ['host_id', 'h'.repeat(129)],
      ['image_size', '1e3'],
      ['start_latest_update_time', 'yesterday'],
    ])('refuses %s=%s with HSS.0001', async (name, value) => {
      const reply = await hss.local({ [name]: value });
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ error_code: 'HSS.0001' });
    });
  });

  describe('ListImageLocal, one row per image', () => {
    const perImage = useEmulator({ localListing: 'per-image' });

    it('lists each image once and counts all its hosts and containers', async () => {
      const rows = await perImage.walk('local', 200);
      expect(rows).toHaveLength(320);
      expect(new Set(rows.map((row) => row['image_id'])).size).toBe(320);
      expect(rows[0]).toEqual(webshellRow);
      expect(rows.some((row) => Number(row['host_num']) === 6)).toBe(true);
    });

    it('finds an image by any of its hosts', async () => {
      const image = perImage.emulator.data.localImages.find(({ hosts }) => hosts.length === 6);
      const reply = await perImage.local({ host_id: image?.hosts[4]?.id ?? '' });
      expect(reply.rows.map((row) => row['image_id'])).toContain(image?.row.image_id);
    });
  });
});
