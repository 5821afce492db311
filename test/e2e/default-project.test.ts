// Enterprise project 0 is HSS's default: naming it where none is configured changes nothing.
import { describe, expect, it } from '@jest/globals';
import { fillCatalog } from '../support/catalog.js';
import { proxyAgent, proxyAgentId } from '../support/proxy-agent.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

describe('a service without a configured enterprise project', () => {
  const story = useEmulatedService({
    emulator: { registryImages: 60, localImages: 20 },
    env: { HSS_ENTERPRISE_PROJECT_ID: '' },
  });
  const calls = () => story.emulator.journal.calls();
  const cacheStatusOf = async (path: string) => {
    const { status, headers } = await story.service.get(path);
    expect(status).toBe(200);
    return headers.get('cache-status');
  };

  it.each(['/v1/registry-images?limit=7', '/v1/local-images?limit=7', proxyAgent])(
    'has one answer for project 0 and for no project: %s',
    async (path) => {
      await story.service.get(path);
      const asked = calls().length;
      expect(await cacheStatusOf(`${path}&enterpriseProjectId=0`)).toMatch(/; hit/);
      expect(calls()).toHaveLength(asked);
    },
  );

  it('purges it by either name of the project', async () => {
    await story.service.get('/v1/local-images?limit=7');
    expect((await story.service.purge({ project: '0' })).status).toBe(200);
    expect(await cacheStatusOf('/v1/local-images?limit=7&enterpriseProjectId=0')).toMatch(/uri-miss/);
  });

  it('asks HSS for another project', async () => {
    const { emulator, service } = story;
    emulator.data.addRegistryImage({ image_name: 'elsewhere' }, { enterpriseProjectId: 'another' });
    const { body } = await service.get('/v1/registry-images?name=elsewhere&enterpriseProjectId=another');
    expect(body.items).toHaveLength(1);
    expect(calls().at(-1)!.query).toMatchObject({ enterprise_project_id: 'another' });
  });

  it('finds project 0 in the catalog, and takes no other project for it', async () => {
    const { emulator, service, clock } = story;
    await fillCatalog(service, emulator, clock.now());
    const found = await service.get(`/v1/images/${proxyAgentId}?enterpriseProjectId=0`);
    expect([found.status, found.body.image?.name]).toEqual([200, 'proxy-agent']);
    expect(calls()).toEqual([]);
    const elsewhere = await service.get(`/v1/images/${proxyAgentId}?enterpriseProjectId=another`);
    expect(elsewhere.body.code).toBe('image-coordinates-required');
  });
});

describe('a service with a configured enterprise project', () => {
  const story = useEmulatedService({ emulator: { registryImages: 60, localImages: 20 } });

  it('tells project 0 from its own project', async () => {
    await story.service.get('/v1/registry-images?limit=7');
    await story.service.get('/v1/registry-images?limit=7&enterpriseProjectId=0');
    const asked = story.emulator.journal.calls().map(({ query }) => query['enterprise_project_id']);
    expect(asked).toEqual(['all_granted_eps', '0']);
  });
});
