import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalImageRow, RegistryImageRow } from '../../emulator/data/rows.js';
import { bodyOf, useFilledCatalog } from '../support/catalog/filled-service.js';
import { startService } from '../support/service.js';

const swr = 'swr.cn-north-4.myhuaweicloud.com';
const sha = (digit: string) => `sha256:${digit.repeat(64)}`;
const inSwr = sha('1');
const inHarbor = sha('2');
const inInstance = sha('3');
const inJfrog = sha('4');
const hubRedis = sha('6');
const strict = { Prefer: 'handling=strict' };

const registryRows: RegistryImageRow[] = [
  { namespace: 'team', image_name: 'api', image_digest: inSwr, registry_name: 'swr-private' },
  {
    ...{ namespace: 'team', image_name: 'api', image_digest: inHarbor },
    ...{ image_type: 'harbor', registry_name: 'Harbor.example' },
  },
  {
    ...{ namespace: 'team', image_name: 'api', image_digest: inInstance },
    ...{ image_type: 'instance_image', instance_url: 'https://instance-1.example/' },
  },
  {
    ...{ namespace: 'team', image_name: 'web/app', image_digest: inJfrog },
    ...{ image_type: 'jfrog', registry_name: 'jfrog-eu' },
  },
  {
    ...{ namespace: 'library', image_name: 'nginx', image_digest: sha('5') },
    ...{ image_type: 'harbor', registry_name: 'Harbor.example' },
  },
];
const localRows: LocalImageRow[] = [
  { image_name: 'docker.io/library/redis', image_digest: hubRedis, local_image_type: 'other_image' },
  { image_name: 'tool', image_digest: sha('7'), local_image_type: 'swr_image' },
  { image_name: 'ghcr.io/team/runner', image_digest: sha('8'), local_image_type: 'other_image' },
];

describe('a reference with a registry host', () => {
  const story = useFilledCatalog(
    { registryImages: 20, localImages: 10 },
    { REGISTRY_HOSTS: 'mirror.example' },
  );
  const { get, callCount } = story;
  const lookup = (ref: string, headers?: Record<string, string>) =>
    get(`/v1/images/lookup?include=image&ref=${encodeURIComponent(ref)}`, headers);

  const closing: (() => Promise<void>)[] = [];

  afterAll(async () => {
    for (const close of closing) await close();
  });

  beforeAll(() => {
    for (const row of registryRows) story.emulator.data.addRegistryImage({ image_version: '1.0', ...row });
    for (const row of localRows) story.emulator.data.addLocalImage({ image_version: '1.0', ...row });
  });

  it.each([
    [`${swr}/team/api:1.0`, inSwr],
    ['harbor.example/team/api:1.0', inHarbor],
    ['HARBOR.example:443/team/api:1.0', inHarbor],
    ['docker-pullable://harbor.example/team/api:1.0', inHarbor],
    ['instance-1.example/team/api:1.0', inInstance],
    ['jfrog-eu/team/web/app:1.0', inJfrog],
    ['mirror.example/team/web/app:1.0', inJfrog],
    ['team/web/app:1.0', inJfrog],
    [`ghcr.io/team/api@${inSwr}`, inSwr],
    [inSwr.toUpperCase(), inSwr],
    [`containerd://${inSwr}`, inSwr],
  ])('%s is the image of that registry, without a call', async (ref, digest) => {
    for (const headers of [{}, strict])
      expect((await bodyOf(lookup(ref, headers))).image.digest).toBe(digest);
    expect(callCount()).toBe(0);
  });

  it.each([
    ['ghcr.io/team/api:1.0', [inSwr, inHarbor, inInstance]],
    ['ghcr.io/team/web/app:1.0', [inJfrog]],
    ['docker.io/team/web/app:1.0', [inJfrog]],
    ['localhost:5000/team/web/app:1.0', [inJfrog]],
    ['[::1]:5000/team/web/app:1.0', [inJfrog]],
    ['swr.eu-west-101.myhuaweicloud.eu/team/web/app:1.0', [inJfrog]],
    ['ghcr.io/api:1.0', [inSwr, inHarbor, inInstance]],
    ['ghcr.io/team/runner:1.0', [sha('8')]],
    // Harbor's own project "library" is not Docker Hub, and SWR's "tool" is not either.
    ['library/nginx:1.0', [sha('5')]],
    ['tool:1.0', [sha('7')]],
  ])('%s is a 409 with candidates, without a call', async (ref, digests) => {
    for (const headers of [{}, strict]) {
      const { status, body } = await lookup(ref, headers);
      expect([status, body.code]).toEqual([409, 'ambiguous-reference']);
      expect(body.candidates.map((one: { digest: string }) => one.digest).sort()).toEqual(digests);
    }
    expect(callCount()).toBe(0);
  });

  // Several registries of ours have the path, and the reference names none of them. The call of a strict request tells
  // whether newer rows settle the name.
  it.each(['team/api:1.0', 'mirror.example/team/api:1.0'])(
    '%s is a 409 with candidates, for one call of a strict request',
    async (ref) => {
      for (const headers of [{}, strict]) {
        const { status, body } = await lookup(ref, headers);
        expect([status, body.code]).toEqual([409, 'ambiguous-reference']);
        const digests = body.candidates.map((one: { digest: string }) => one.digest).sort();
        expect(digests).toEqual([inSwr, inHarbor, inInstance]);
      }
      expect(callCount()).toBe(1);
    },
  );

  it.each(['ghcr.io/team/none:1.0', 'ghcr.io/team/api:2.0', 'docker.io/team/none'])(
    '%s is a 404 without a call',
    async (ref) => {
      const { status, body } = await lookup(ref);
      expect([status, body.code, callCount()]).toEqual([404, 'not-found', 0]);
    },
  );

  it('with a scheme is a 400 with a hint', async () => {
    const { status, body } = await lookup(`https://${swr}/team/api:1.0`);
    expect([status, callCount()]).toEqual([400, 0]);
    expect(body.errors[0]).toMatchObject({
      field: 'ref',
      message: expect.stringContaining('without a scheme'),
    });
  });

  it.each(['redis', 'library/redis', 'docker.io/redis', 'docker.io/library/redis', 'index.docker.io/redis'])(
    '%s is one name of Docker Hub, which hosts show',
    async (name) => {
      expect((await bodyOf(lookup(`${name}:1.0`))).image.digest).toBe(hubRedis);
      // The tag may have moved since the host has pulled it.
      const { status, body } = await lookup(`${name}:1.0`, strict);
      expect([status, body.candidates[0].digest, callCount()]).toEqual([409, hubRedis, 0]);
    },
  );

  it('asks HSS for a new image, and takes no row of another registry', async () => {
    story.emulator.data.addRegistryImage({ namespace: 'new', image_name: 'app', image_version: '1' });
    const elsewhere = await lookup('harbor.example/new/app:1', strict);
    expect([elsewhere.status, elsewhere.body.candidates.length, callCount()]).toEqual([409, 1, 1]);
    expect((await lookup('harbor.example/new/app:1@sha256:' + '9'.repeat(64))).status).toBe(404);
    expect((await bodyOf(lookup(`${swr}/new/app:1`))).image.name).toBe('app');
    story.emulator.data.removeRegistryImages({ namespace: 'new' });
  });

  it('is decided by the rows of HSS while there is no catalog', async () => {
    const service = await startService({ emulator: story.emulator, clock: story.clock });
    const ask = (ref: string) => service.get(`/v1/images/lookup?include=image&ref=${ref}`);
    closing.push(() => service.close());
    const foreign = await ask('ghcr.io/team/api:1.0');
    expect([foreign.status, foreign.body.candidates.length]).toEqual([409, 3]);
    expect((await bodyOf(ask('instance-1.example/team/api:1.0'))).image.digest).toBe(inInstance);
    expect(callCount()).toBe(1);
  });
});
