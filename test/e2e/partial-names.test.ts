// HSS's local list matches a part of a name, in its case. Who asks for one image compares the names itself.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { useEmulatedService } from '../support/use-emulated-service.js';

const digest = `sha256:${'ab'.repeat(32)}`;
const other = `sha256:${'cd'.repeat(32)}`;

describe('a name that is a part of other names', () => {
  const story = useEmulatedService({ emulator: { registryImages: 1, localImages: 1 } });

  beforeAll(() => {
    const { data } = story.emulator;
    data.addRegistryImage({ image_name: 'app', image_digest: digest });
    const on = (id: string) => ({ hosts: [{ id, privateIp: '192.168.3.1', containers: [] }] });
    data.addLocalImage({ image_name: 'app', image_digest: digest }, on('h-app'));
    data.addLocalImage({ image_name: 'app-debug', image_digest: digest }, on('h-debug'));
    data.addLocalImage({ image_name: 'my-app', image_digest: other }, on('h-other'));
    data.addLocalImage({ image_name: 'app', image_version: 'v1.1', image_digest: digest }, on('h-tag'));
    data.addLocalImage({ image_name: 'App', image_digest: digest }, on('h-case'));
  });

  it('finds the hosts of its own image only', async () => {
    const path = `/v1/images/${encodeURIComponent(digest)}?type=private_image&namespace=added&name=app&tag=v1`;
    const { body } = await story.service.get(`${path}&include=hosts`);
    expect(body.hosts).toMatchObject({ items: [{ hostId: 'h-app' }], complete: false });
    expect(story.emulator.journal.calls('ListImageLocal')).toHaveLength(1);
  });

  it('is a part to the filter of the wrapped list, as the contract says', async () => {
    const { body } = await story.service.get('/v1/local-images?name=app');
    const names = (body.items as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['app', 'app-debug', 'my-app', 'app']);
    const contract = await story.service.get('/openapi.json');
    expect(contract.text).toContain('Part of an image name, in its case');
  });
});
