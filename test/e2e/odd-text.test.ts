// Text of consumers that no URL can carry: half a surrogate pair comes in bodies, and as bytes that are no UTF-8.
import { describe, expect, it } from '@jest/globals';
import { postBatch, useFilledCatalog } from '../support/catalog/filled-service.js';
import { adminKey, errorLines } from '../support/service.js';

const half = '\ud83d';

describe('half a surrogate pair', () => {
  const story = useFilledCatalog({ registryImages: 20, localImages: 10 });

  it('makes one reference of a batch invalid, and no other', async () => {
    const refs = [
      half,
      `team/app:${half}`,
      `${half}/app`,
      `team/${half}@sha256:${'a'.repeat(64)}`,
      'team/none:1',
    ];
    const { status, body } = await postBatch(story.service, JSON.stringify({ refs }));
    const outcomes = body.items.map(({ outcome }: { outcome: string }) => outcome);
    expect([status, outcomes]).toEqual([200, ['invalid', 'invalid', 'invalid', 'invalid', 'absent']]);
    expect(body.items[0].error.code).toBe('invalid-request');
    expect(errorLines(story.service)).toHaveLength(0);
  });

  it.each([
    '/v1/images/lookup?ref=%ED%A0%BD',
    '/v1/images/%ED%A0%BD',
    '/v1/hosts/%ED%A0%BD/images',
    '/v1/images?q=%ED%A0%BD',
    '/v1/images?fileName=%ED%A0%BD',
    '/v1/images?cursor=%ED%A0%BD',
    '/v1/registry-images?name=%ED%A0%BD',
    '/v1/hosts/%00/images',
  ])('is refused in a URL: %s', async (path) => {
    const { status, body } = await story.get(path);
    expect([400, 404]).toContain(status);
    expect(['invalid-request', 'not-found']).toContain(body.code);
  });

  it.each(['tag', 'key', 'project'])('breaks no purge by %s', async (field) => {
    const { status } = await story.service.request('/v1/admin/cache/purge', {
      method: 'POST',
      headers: { 'X-API-Key': adminKey, 'content-type': 'application/json' },
      body: JSON.stringify({ [field]: `image:${half}` }),
    });
    expect([200, 400]).toContain(status);
    expect(errorLines(story.service)).toHaveLength(0);
  });
});
