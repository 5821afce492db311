import { describe, expect, it } from '@jest/globals';
import { useEmulator, type Row } from './emulator-client.js';

describe('registry images of the emulator', () => {
  const hss = useEmulator();
  const known = () => hss.emulator.data.registryImages;
  const secondProjectId = '5c8b1d3e-7a42-4f6b-9e0d-2f1a6c9b8d47';

  /** Asks with the filter and compares the answer with the rows that the test selects from the data. */
  async function expectFilter(
    query: Record<string, string | number | boolean>,
    matches: (row: Row) => boolean,
  ) {
    const reply = await hss.registry(query);
    const expected = known().filter(({ row }) => matches(row)).length;
    expect(reply.status).toBe(200);
    expect(expected).toBeGreaterThan(0);
    expect(expected).toBeLessThan(known().length);
    expect(reply.total).toBe(expected);
    expect(reply.rows.filter((row) => !matches(row))).toEqual([]);
  }

  const findings = (row: Row, name: string) => Number(row[name] ?? 0) > 0;
  const scanned = (row: Row) => row['scan_status'] === 'success';

  describe('ListRegistryImages', () => {
    it('begins with the image of the documentation', async () => {
      const { rows } = await hss.registry({ limit: 1 });
      expect(rows[0]).toMatchObject({
        namespace: 'scc_hss_container',
        image_name: 'proxy-agent',
        image_version: '24.5.0-x86_64',
        image_id: '0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53',
        image_digest: 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53',
        scan_status: 'success',
        severity_level: 'High',
      });
    });

    it('answers ten rows without a limit', async () => {
      const { rows } = await hss.get('registries/images');
      expect(rows).toHaveLength(10);
    });

    it.each([37, 200])('shows every row exactly once to a walk with %d rows per page', async (limit) => {
      const rows = await hss.walk('registry', limit);
      expect(rows).toHaveLength(450);
      expect(rows.map((row) => row['image_name'])).toEqual(known().map(({ row }) => row.image_name));
    });

    it('answers an empty page past the end and still counts everything', async () => {
      const reply = await hss.registry({ offset: 2_000_000 });
      expect(reply.rows).toEqual([]);
      expect(reply.total).toBe(450);
    });

    it('writes ids above 2^53 with every digit', async () => {
      const { text } = await hss.registry();
      const ids = [...text.matchAll(/\{"id":(\d+),/g)].map((match) => String(match[1]));
      expect(ids).toContain('9007199254740993');
      expect(ids.filter((id) => !Number.isSafeInteger(Number(id))).length).toBeGreaterThan(100);
      expect(new Set(ids).size).toBe(ids.length);
    });

    it('has rows with missing and with null fields', async () => {
      const rows = await hss.walk('registry', 200);
      expect(rows.find((row) => row['image_name'] === 'bare-row')).toEqual({
        id: null,
        namespace: 'aaa',
        image_name: 'bare-row',
        image_type: 'harbor',
        image_id: null,
      });
      expect(rows.some((row) => row['severity_level'] === null)).toBe(true);
      expect(rows.some((row) => !('severity_level' in row))).toBe(true);
    });

    it.each([
      'unscan',
      'success',
      'scanning',
      'failed',
      'waiting_for_scan',
      'download_failed',
      'image_oversized',
    ])('has rows whose scan status is %s', (status) => {
      expect(known().some(({ row }) => row.scan_status === status)).toBe(true);
    });

    it('gives failed scans a code and a description', () => {
      const failed = known().filter(({ row }) => row.scan_status === 'failed');
      expect(failed.every(({ row }) => row.scan_failed_code && row.scan_failed_desc)).toBe(true);
    });

    it('has multi-architecture images with their variants', () => {
      const multi = known().filter(({ row }) => row.is_multiple_arch === true);
      expect(multi.length).toBeGreaterThan(5);
      expect(multi.every(({ row }) => (row.association_images?.length ?? 0) >= 2)).toBe(true);
    });

    describe('filters', () => {
      it.each([
        ['namespace', 'payments'],
        ['image_name', "web shell/é+~*&=?!'()镜像"],
        ['image_version', 'latest'],
        ['registry_name', 'harbor 一号'],
        ['instance_name', 'enterprise-instance-2'],
        ['image_type', 'jfrog'],
        ['scan_status', 'waiting_for_scan'],
        ['severity_level', 'High'],
      ])('compares %s exactly', async (name, value) => {
        await expectFilter({ [name]: value }, (row) => row[name] === value);
      });

      it('compares image_size and instance_id exactly', async () => {
        await expectFilter({ image_size: 215_304_488 }, (row) => row['image_size'] === 215_304_488);
        const id = known().find(({ row }) => row.instance_id)?.row.instance_id ?? '';
        await expectFilter({ instance_id: id }, (row) => row['instance_id'] === id);
      });

      it('ignores an empty instance_id', async () => {
        expect((await hss.registry({ instance_id: '', instance_name: '' })).total).toBe(450);
      });

      it('shows only latest versions for true, all rows for false', async () => {
        await expectFilter({ latest_version: true }, (row) => row['latest_version'] === true);
        expect((await hss.registry({ latest_version: false })).total).toBe(450);
      });

      it.each([true, false])('filters by is_multarch=%s', async (wanted) => {
        await expectFilter({ is_multarch: wanted }, (row) => (row['is_multiple_arch'] === true) === wanted);
      });

      it.each([
        ['has_vul', 'vul_num'],
        ['has_unsafe_setting', 'unsafe_setting_num'],
        ['has_malicious_file', 'malicious_file_num'],
      ])('filters by %s among scanned images, true and false', async (name, count) => {
        await expectFilter({ [name]: true }, (row) => scanned(row) && findings(row, count));
        await expectFilter({ [name]: false }, (row) => scanned(row) && !findings(row, count));
      });

      it.each([true, false])('filters by risky=%s', async (wanted) => {
        const counts = ['vul_num', 'unsafe_setting_num', 'malicious_file_num'];
        await expectFilter(
          { risky: wanted },
          (row) => scanned(row) && counts.some((count) => findings(row, count)) === wanted,
        );
      });

      it.each(['latest_update_time', 'latest_sync_time', 'latest_scan_time'])(
        'takes a range of %s, both ends included and each end alone',
        async (field) => {
          const times = known()
            .filter(({ row }) => row.scan_status === 'success')
            .map(({ row }) => Number((row as Row)[field] ?? 0))
            .filter((time) => time > 0)
            .sort((a, b) => a - b);
          const from = times[Math.floor(times.length / 4)] ?? 0;
          const to = times[Math.floor(times.length / 2)] ?? 0;
          const inside = (row: Row, low: number, high: number) => {
            const time = row[field];
            const counts = field !== 'latest_scan_time' || scanned(row);
            return counts && typeof time === 'number' && time >= low && time <= high;
          };
          await expectFilter({ [`start_${field}`]: from, [`end_${field}`]: to }, (row) =>
            inside(row, from, to),
          );
          await expectFilter({ [`start_${field}`]: from }, (row) => inside(row, from, Date.now()));
          await expectFilter({ [`end_${field}`]: to }, (row) => inside(row, 0, to));
        },
      );

      it('accepts times up to the end of int64', async () => {
        const reply = await hss.registry({ end_latest_update_time: '9223372036854775807' });
        expect(reply.total).toBe(449);
      });

      it('returns only rows that match all filters', async () => {
        const both = await hss.registry({ namespace: 'aaa', image_name: 'mysql' });
        expect(both.total).toBe(2);
      });

      it('uses the first value of a repeated parameter', async () => {
        const path = `/v5/${hss.emulator.projectId}/image/registries/images?limit=3&limit=50`;
        expect((await hss.get(path)).rows).toHaveLength(3);
      });

      it('ignores unknown parameters', async () => {
        expect((await hss.registry({ type: 'linux_vul' })).total).toBe(450);
      });
    });

    describe('enterprise projects', () => {
      it('shows the default project without the parameter', async () => {
        const withZero = await hss.get('registries/images', { enterprise_project_id: '0' });
        const without = await hss.get('registries/images');
        expect(without.total).toBe(withZero.total);
        expect(without.total).toBeLessThan(450);
      });

      it('splits all rows among the projects', async () => {
        const first = await hss.registry({ enterprise_project_id: '0' });
        const second = await hss.registry({ enterprise_project_id: secondProjectId });
        expect(first.total + second.total).toBe(450);
        expect(second.total).toBeGreaterThan(0);
      });

      it('refuses an unknown project', async () => {
        const reply = await hss.registry({ enterprise_project_id: 'no-such-project' });
        expect(reply.status).toBe(400);
        expect(reply.body).toMatchObject({ error_code: 'HSS.0013' });
      });
    });

    describe('order', () => {
      const timesOf = (rows: readonly Row[]) => rows.map((row) => Number(row['latest_scan_time'] ?? 0));

      it('sorts by scan time, ascending by default', async () => {
        const times = timesOf((await hss.registry({ sort_key: 'latest_scan_time' })).rows);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      });

      it('sorts descending', async () => {
        const times = timesOf((await hss.registry({ sort_key: 'latest_scan_time', sort_dir: 'desc' })).rows);
        expect(times).toEqual([...times].sort((a, b) => b - a));
        expect(times[0]).toBeGreaterThan(0);
      });
    });

    it.each([
      ['limit', '0'],
      ['limit', '201'],
      ['limit', 'ten'],
      ['limit', ''],
      ['limit', '1.5'],
      ['offset', '-1'],
      ['offset', '2000001'],
      ['image_type', 'cicd'],
      ['scan_status', 'download_failed'],
      ['severity_level', 'Critical'],
      ['sort_key', 'image_name'],
      ['sort_dir', 'up'],
      ['has_vul', '1'],
      ['risky', 'TRUE'],
      ['latest_version', ''],
      ['image_size', '2147483548'],
      ['image_size', '-1'],
      ['end_latest_scan_time', '9223372036854775808'],
      ['start_latest_update_time', '9999999999999'],
      ['namespace', ''],
      ['namespace', 'n'.repeat(129)],
      ['image_name', ''],
      ['image_version', 'v'.repeat(65)],
      ['registry_name', ''],
      ['instance_id', 'i'.repeat(129)],
      ['enterprise_project_id', ''],
    ])('refuses %s=%s with HSS.0001', async (name, value) => {
      const reply = await hss.registry({ [name]: value });
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ error_code: 'HSS.0001' });
      expect(String(reply.body['error_msg'])).toContain(name.replace(/^end_/, ''));
      expect(reply.body).toHaveProperty('error_description');
    });
  });

  describe('ListRegistryImages with requireEnterpriseProject', () => {
    const strict = useEmulator({ registryImages: 5, localImages: 1, requireEnterpriseProject: true });

    it('refuses a call without the parameter', async () => {
      const reply = await strict.get('registries/images');
      expect(reply.body).toMatchObject({ error_code: 'HSS.0013' });
      expect((await strict.get('registries/images', { enterprise_project_id: '0' })).status).toBe(200);
    });
  });

  describe('ListRegistryImages for a user with one enterprise project', () => {
    const limited = useEmulator({
      users: [
        {
          name: 'limited',
          password: 'pw',
          keys: [{ ak: 'AKLIMITED', sk: 'sk' }],
          enterpriseProjects: [secondProjectId],
        },
      ],
    });

    it('shows only that project and refuses the default project', async () => {
      const all = await limited.get('registries/images', { enterprise_project_id: 'all_granted_eps' });
      const own = await limited.get('registries/images', { enterprise_project_id: secondProjectId });
      expect(all.total).toBe(own.total);
      expect((await limited.get('registries/images')).body).toMatchObject({ error_code: 'HSS.0013' });
    });
  });
});
