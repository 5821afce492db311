// A consumer without the scope `hosts` learns how many hosts have an image, and never which.
import { afterAll, describe, expect, it } from '@jest/globals';
import type { CatalogEvent } from '../../src/catalog/model/catalog-event.js';
import { useFilledCatalog } from '../support/catalog/filled-service.js';
import { entry, fileOf, MountedFile, sha256 } from '../support/consumers.js';
import { expectProblem } from '../support/expect-problem.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { adminKey, readKey } from '../support/service.js';

const key = 'key-without-hosts-0123456789';
const headers = { 'X-API-Key': key };

describe('a consumer without the scope `hosts`', () => {
  const file = new MountedFile(
    fileOf(
      entry('plain', {
        keys: [{ sha256: sha256(key), expires: '2999-12-31' }],
        scopes: ['export', 'read'],
      }),
    ),
  );
  const story = useFilledCatalog({ registryImages: 40, localImages: 60 }, { CONSUMERS_FILE: file.path });
  const ask = (path: string, init: RequestInit = {}) =>
    story.service.request(path, { ...init, headers: { ...headers, ...init.headers } });
  const batch = (body: object) =>
    ask('/v1/images/batch-get', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  afterAll(() => file.close());

  /** Ids and names of all hosts that the catalog knows. */
  const hostWords = async (): Promise<string[]> => {
    const { items } = (await story.service.get('/v1/hosts?limit=200')).body;
    const words = (items as Record<string, string | null>[]).flatMap(
      ({ hostId, hostName, name, agentId }) => [hostId, hostName ?? name, agentId],
    );
    return words.filter((word): word is string => typeof word === 'string' && word.length > 3);
  };

  it('never reads an id or a name of a host', async () => {
    const words = await hostWords();
    expect(words.length).toBeGreaterThan(20);
    const paths = [
      '/v1/images?limit=200',
      '/v1/images?limit=200&fields=hosts,origins,disagreements',
      '/v1/images?limit=200&onHosts=true&running=true&sort=-hosts',
      '/v1/catalog/summary',
      '/v1/catalog/export',
      '/v1/catalog/export?format=csv',
      '/v1/catalog/changes?limit=1000',
      proxyAgent,
    ];
    for (const path of paths) {
      // The second and the third answer come from stored bytes.
      for (let round = 0; round < 3; round += 1) {
        await story.service.get(path);
        const { status, text } = await ask(path);
        expect([path, status]).toEqual([path, 200]);
        expect([path, words.filter((word) => text.includes(word))]).toEqual([path, []]);
      }
    }
  });

  it('gets null for the items of hosts, and the same counts as others', async () => {
    const path = '/v1/images?limit=200&onHosts=true';
    const [seen, whole] = [(await ask(path)).body, (await story.service.get(path)).body];
    expect(seen.total).toBe(whole.total);
    for (const [at, { hosts }] of seen.items.entries())
      expect(hosts).toEqual({ ...whole.items[at].hosts, items: null });
  });

  it.each([
    '/v1/images?hostId=a',
    '/v1/images?hostName=a',
    '/v1/images?hostQuery=a',
    '/v1/images?hostId=a&nonsense=1',
    '/v1/catalog/summary?hostName=a',
    '/v1/catalog/export?hostId=a',
    '/v1/catalog/export?of=hosts',
    '/v1/catalog/changes?hostId=a',
    '/v1/catalog/changes?hostName=a',
    `${proxyAgent}&include=hosts`,
    `${proxyAgent}&include=image,hosts`,
    '/v1/images/lookup?ref=a/b&include=hosts',
    '/v1/local-images?podName=a',
    '/v1/hosts',
  ])('is refused without a call: %s', async (path) => {
    expectProblem(await ask(path), { status: 403, code: 'forbidden' });
    expect(story.emulator.journal.calls()).toEqual([]);
  });

  it('is refused hosts in a batch', async () => {
    expectProblem(await batch({ refs: ['a/b'], include: ['hosts'] }), { status: 403, code: 'forbidden' });
    expect((await batch({ refs: ['a/b'], include: ['image'] })).status).toBe(200);
  });

  it('does not learn of changes of hosts, even when it asks for them', async () => {
    const about = { imageId: null, digest: null, namespace: null, tag: null, severity: null };
    const none = { before: null, after: null, hostId: null, hostName: null };
    const event = (kind: CatalogEvent['kind'], name: string, over: Partial<CatalogEvent> = {}) =>
      ({ kind, key: name, name, ...about, ...none, ...over }) as CatalogEvent;
    const host = { hostId: 'secret-host-id', hostName: 'secret-host' };
    const { nextSince } = (await ask('/v1/catalog/changes?limit=1000')).body;
    await story.apply({
      events: [event('appeared', 'a'), event('came-to-host', 'b', host), event('left-host', 'c', host)],
    });
    const namesOf = async (query: string) => {
      const { items } = (await ask(`/v1/catalog/changes?since=${nextSince}&${query}`)).body;
      return (items as { name: string }[]).map(({ name }) => name);
    };
    expect(await namesOf('')).toEqual(['a']);
    expect(await namesOf('kind=came-to-host,left-host,appeared')).toEqual(['a']);
    expect(await namesOf('kind=came-to-host')).toEqual([]);
  });

  it('is told at /v1/me who it is', async () => {
    const { status, body, headers: sent } = await ask('/v1/me');
    expect([status, sent.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toMatchObject({
      consumer: 'plain',
      keyId: sha256(key).slice(0, 8),
      expiresAt: '3000-01-01T00:00:00.000Z',
      scopes: ['read', 'export'],
      namespaces: null,
    });
    const scopesOf = async (given: string) =>
      (await story.service.get('/v1/me', { 'X-API-Key': given })).body.scopes;
    expect(await scopesOf(readKey)).toEqual(['read', 'hosts', 'export']);
    expect(await scopesOf(adminKey)).toEqual(['read', 'hosts', 'export', 'admin']);
    expectProblem(await story.service.request('/v1/me'), { status: 401, code: 'unauthenticated' });
    expectProblem(await ask('/v1/me?x=1'), { status: 400, code: 'invalid-request' });
  });
});
