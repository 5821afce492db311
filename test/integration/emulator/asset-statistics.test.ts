import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EmulatorClient, signedHeaders, useEmulator } from './emulator-client.js';

const second = '5c8b1d3e-7a42-4f6b-9e0d-2f1a6c9b8d47';

describe('ShowImageAssetStatistics', () => {
  const client = useEmulator();
  const counts = async (query: Record<string, string> = {}) =>
    (await client.get('asset/statistics', query)).body;

  it.each(['all_granted_eps', '0', second])(
    'counts the rows of both lists in project %s',
    async (project) => {
      const query = { enterprise_project_id: project };
      const [registry, local] = [await client.registry(query), await client.local(query)];
      expect(registry.total).toBeGreaterThan(0);
      expect(await counts(query)).toEqual({
        local_num: local.total,
        cicd_num: client.emulator.data.cicdIds.length,
        registry_num: registry.total,
      });
    },
  );

  it('counts added and removed rows', async () => {
    const { local_num, registry_num } = await counts();
    const { row } = client.emulator.data.addRegistryImage();
    client.emulator.data.addLocalImage();
    expect(await counts()).toMatchObject({
      local_num: Number(local_num) + 1,
      registry_num: Number(registry_num) + 1,
    });
    client.emulator.data.removeRegistryImages({ image_digest: row.image_digest });
    expect(await counts()).toMatchObject({ registry_num });
  });

  it('demands a signature or a token, and no region', async () => {
    const path = `/v5/${client.emulator.projectId}/image/asset/statistics`;
    expect(await client.send(path)).toMatchObject({ status: 401 });
    const headers = signedHeaders(client.emulator, client.emulator.credentials, path);
    expect(await client.send(path, { headers })).toMatchObject({ status: 200 });
  });

  it('refuses a project that the user may not see', async () => {
    const { status, body } = await client.get('asset/statistics', { enterprise_project_id: 'unknown' });
    expect([status, body['error_code']]).toEqual([400, 'HSS.0013']);
  });

  it('is journalled and takes faults', async () => {
    client.emulator.faults.schedule({ kind: 'throttle', api: 'ShowImageAssetStatistics', times: 1 });
    expect(await client.get('asset/statistics')).toMatchObject({ status: 429 });
    expect(client.emulator.journal.calls('ShowImageAssetStatistics').at(-1)).toMatchObject({
      fault: 'throttle',
      outcome: 429,
      errorCode: 'APIGW.0308',
    });
  });
});

describe('the rate of ShowImageAssetStatistics', () => {
  const client = useEmulator({ rate: { limit: 1, windowMs: 60_000 } });

  it('is its own', async () => {
    expect(await client.registry()).toMatchObject({ status: 200 });
    expect(await client.get('asset/statistics')).toMatchObject({ status: 200 });
    expect(await client.get('asset/statistics')).toMatchObject({ status: 429 });
  });
});

describe('a region without ShowImageAssetStatistics', () => {
  const client = new EmulatorClient({ assetStatistics: false });
  beforeAll(() => client.start());
  afterAll(() => client.emulator.close());

  it('answers 404 APIGW.0101', async () => {
    const { status, body } = await client.get('asset/statistics');
    expect([status, body['error_code']]).toEqual([404, 'APIGW.0101']);
    expect(await client.registry()).toMatchObject({ status: 200 });
  });
});
