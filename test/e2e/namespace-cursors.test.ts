// Cursors of a consumer with namespaces live as long as other cursors: 15 minutes after what it sees has changed.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rowIn, World } from '../support/catalog/world.js';

const minute = 60_000;

describe('a cursor of a consumer with namespaces', () => {
  let world: World;
  let next: string;

  beforeEach(async () => {
    world = await World.start({ 'team-a': { scopes: ['read'], namespaces: ['alpha'] } });
    await world.step({ put: [rowIn('alpha', 1), rowIn('alpha', 2), rowIn('alpha', 3), rowIn('beta', 9)] });
    next = (await ask('/v1/images?limit=2&fields=name&sort=name')).body.next;
  });

  afterEach(() => world.close());

  const ask = (path: string) => world.ask('team-a', path);

  async function pageTwo() {
    const { status, body } = await ask(next);
    return [status, body.code ?? body.items.map(({ name }: { name: string }) => name)];
  }

  it('works for 15 minutes after the first change of a quiet namespace', async () => {
    for (let step = 0; step < 4; step += 1) {
      world.pass(10 * minute);
      await world.step({ put: [rowIn('beta', 10 + step)] });
    }
    expect(await pageTwo()).toEqual([200, ['app-3']]);
    await world.step({ put: [rowIn('alpha', 0)], remove: [3n] });
    expect(await pageTwo()).toEqual([200, ['app-3']]);
    world.pass(15 * minute - 1);
    expect(await pageTwo()).toEqual([200, ['app-3']]);
    world.pass(1);
    expect(await pageTwo()).toEqual([410, 'cursor-expired']);
  });

  it('works on an instance that starts after changes of other namespaces', async () => {
    await world.step({ put: [rowIn('beta', 10)] });
    world.pass(20 * minute);
    await world.step({ put: [rowIn('beta', 11)] });
    await reload(world);
    expect(await pageTwo()).toEqual([200, ['app-3']]);
    expect((await ask('/v1/images?limit=2&fields=name&sort=name')).body.next).toBe(next);
  });
});

/** The catalog of an instance that starts now: nothing is kept for any consumer. */
async function reload({ service: { catalog } }: World): Promise<void> {
  const { epoch, version, changedAt: at, sync } = catalog;
  const pieces: Buffer[] = [];
  for await (const piece of catalog.snapshot()) pieces.push(piece);
  await catalog.load(epoch, streamOf(pieces), { version, at, sync });
}

async function* streamOf(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}
