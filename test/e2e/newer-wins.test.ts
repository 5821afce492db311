// The catalog and the cache can hold the same part of an image: the newer one is shown.
import { describe, expect, it } from '@jest/globals';
import { bodyOf, useFilledCatalog } from '../support/catalog/filled-service.js';
import { proxyAgentId as digest } from '../support/proxy-agent.js';

const forced = { 'Cache-Control': 'max-age=1' };

describe('after a forced read', () => {
  const story = useFilledCatalog({ registryImages: 20, localImages: 5 });
  const { clock, get, callCount, discardService } = story;

  it.each([
    ['files', (body: { files: { items: { name: string }[] } }) => body.files.items[0]!.name, 'new-file'],
    ['baseOs', (body: { baseOs: { osName: string }[] }) => body.baseOs[0]!.osName, 'NewOS'],
  ])('the next plain answer shows the new %s', async (part, shown, expected) => {
    discardService();
    const path = `/v1/images/${digest}?include=${part}`;
    clock.advance(60_000);
    const changed =
      part === 'files'
        ? { files: [{ file_name: expected, file_path: '/', size: 1 }] }
        : { basicImages: [{ os_name: expected, os_version: '1' }] };
    story.emulator.data.changeContent(digest, changed);
    expect(shown(await bodyOf(get(path)))).not.toBe(expected);
    expect(shown(await bodyOf(get(path, forced)))).toBe(expected);
    expect(shown(await bodyOf(get(path)))).toBe(expected);
    expect(callCount()).toBe(1);
  });

  it('the next plain answer shows the new image', async () => {
    discardService();
    clock.advance(60_000);
    story.emulator.data.changeRegistryImages({ image_digest: digest }, { severity_level: 'Low' });
    const severity = async (headers?: Record<string, string>) =>
      (await bodyOf(get(`/v1/images/${digest}?include=image`, headers))).image.severity;
    expect(await severity()).toBe('high');
    expect(await severity(forced)).toBe('low');
    expect(await severity()).toBe('low');
    expect(callCount()).toBe(1);
  });
});
