// The content of an image is shown to a consumer with namespaces while the image stands in one of the namespaces.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rowIn, World } from '../support/catalog/world.js';

describe('the content of an image, to a consumer with namespaces', () => {
  const shown = rowIn('alpha', 1);
  const parts = ['files', 'base-os'];
  let world: World;

  beforeEach(async () => {
    world = await World.start({
      'team-a': { scopes: ['read'], namespaces: ['alpha'] },
      all: { scopes: ['read'] },
    });
    await world.step({ put: [shown, rowIn('alpha', 2)] });
  });

  afterEach(() => world.close());

  const ask = (consumer: string, part: string, limit: number) =>
    world.ask(consumer, `/v1/images/${shown.image_digest}/${part}?limit=${limit}`);

  it.each(parts)('is gone with the image: %s', async (part) => {
    for (let time = 0; time < 3; time += 1) expect((await ask('team-a', part, 1)).status).toBe(200);
    await world.step({ remove: [1n] });
    for (const limit of [1, 2]) {
      const answer = await ask('team-a', part, limit);
      expect([answer.status, answer.headers.get('cache-status')]).toEqual([404, null]);
    }
  });

  it.each(parts)('is there again with the image: %s', async (part) => {
    await ask('team-a', part, 1);
    await world.step({ remove: [1n] });
    await world.step({ put: [shown] });
    for (const limit of [1, 2, 1, 2]) expect((await ask('team-a', part, limit)).status).toBe(200);
    expect(world.calls).toBe(1);
  });
});
