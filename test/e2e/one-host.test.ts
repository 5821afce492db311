import { beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalHost } from '../../emulator/data/rows.js';
import { fillCatalog } from '../support/catalog.js';
import type { TestAnswer } from '../support/service.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

type Names = Pick<LocalHost, 'id' | 'name' | 'agentId'>;

const [id, agentId, name] = ['the-id', 'the-agent', 'the-host'];
/** One host, as the rows of four images name the host. */
const images: Record<string, Names[]> = {
  byName: [{ name }],
  byAgentAndName: [{ agentId, name }],
  byIdAndAgent: [{ id, agentId }],
  byEach: [{ name }, { agentId, name }, { id, name }],
};
const whole = { hostId: id, name, agentId };
/** The hosts that each image shows by its own rows. */
const shown: Record<string, object> = {
  byName: { hostId: null, name, agentId: null },
  byAgentAndName: { hostId: null, name, agentId },
  byIdAndAgent: { hostId: id, name: null, agentId },
  byEach: whole,
};

describe('a host that local rows name by different fields', () => {
  const story = useEmulatedService({ emulator: { registryImages: 0, localImages: 0 } });
  const digests = new Map<string, string>();
  const merged: TestAnswer['body'][] = [];

  const fetched = async (path: string): Promise<TestAnswer['body']> => {
    const { status, body } = await story.service.get(path);
    expect([path, status]).toEqual([path, 200]);
    return body;
  };
  const mergedHosts = async (image: string): Promise<TestAnswer['body']> => {
    const query = `type=private_image&namespace=added&name=${image}&tag=v1&include=hosts`;
    return (await fetched(`/v1/images/${digests.get(image)}?${query}`)).hosts.items;
  };
  const namesOf = (items: { name: string }[]) => items.map((item) => item.name).sort();

  beforeAll(async () => {
    const { emulator, service, clock } = story;
    for (const [image, hosts] of Object.entries(images)) {
      const { row } = emulator.data.addRegistryImage({ image_name: image });
      digests.set(image, row.image_digest!);
      const { image_digest } = row;
      const servers = hosts.map((host) => ({ ...host, privateIp: '192.168.2.1', containers: [] }));
      emulator.data.addLocalImage({ image_name: image, image_digest: image_digest! }, { hosts: servers });
    }
    for (const image of digests.keys()) merged.push(await mergedHosts(image));
    await fillCatalog(service, emulator, clock.now());
  });

  it('is one host of each image, read from HSS or from the catalog', async () => {
    for (const [at, image] of [...digests.keys()].entries()) {
      const known = await mergedHosts(image);
      const [listed] = (await fetched(`/v1/images?name=${image}&fields=hosts`)).items;
      for (const hosts of [merged[at], known, listed.hosts.items])
        expect([image, hosts]).toEqual([image, [expect.objectContaining(shown[image]!)]]);
    }
  });

  it('is one host of all images', async () => {
    for (const query of ['', `?hostId=${id}`, `?hostName=${name}`, `?hostId=${id}&hostName=${name}`]) {
      const { items, total } = await fetched(`/v1/hosts${query}`);
      expect([query, total]).toEqual([query, 1]);
      expect(items).toMatchObject([{ ...whole, matches: 4 }]);
    }
  });

  it('has all images, by its id and by its name', async () => {
    const all = [...digests.keys()].sort();
    for (const path of [
      `/v1/hosts/${id}/images`,
      `/v1/images?hostId=${id}`,
      `/v1/images?hostName=${name}`,
      `/v1/images?hostId=${id}&hostName=${name}`,
    ])
      expect([path, namesOf((await fetched(path)).items)]).toEqual([path, all]);
  });
});
