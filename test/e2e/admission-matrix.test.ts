// Every route for every kind of sender: the status, and no call of HSS for a refusal.
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { useFilledCatalog } from '../support/catalog/filled-service.js';
import { entry, fileOf, MountedFile, sha256 } from '../support/consumers.js';
import { proxyAgentId, proxyAgentQuery } from '../support/proxy-agent.js';
import type { TestAnswer } from '../support/service.js';
import { until } from '../support/until.js';

const keyOf = (id: string) => `key-of-${id}-0123456789`;
const allScopes = ['read', 'hosts', 'export', 'watch', 'admin'];
const expired = [{ sha256: sha256(keyOf('expired')), expires: '2020-01-31' }];
const lasting = [
  entry('right', { key: keyOf('right'), scopes: allScopes }),
  entry('expired', { keys: expired, scopes: allScopes }),
  entry('without-scope', { key: keyOf('without-scope'), scopes: [] }),
  entry('elsewhere', {
    key: keyOf('elsewhere'),
    scopes: allScopes.filter((scope) => scope !== 'admin'),
    namespaces: ['elsewhere', 'other:scc_hss_container'],
  }),
  entry('over', { key: keyOf('over'), scopes: allScopes, rate: { requests: '1/1h' } }),
];
const revoked = entry('revoked', { key: keyOf('revoked'), scopes: allScopes });

interface Route {
  route: string;
  /** Default: the route. `HOST` stands for the id of a host. */
  path?: string;
  body?: object;
  /** The status for a consumer without scopes. Default: 403. */
  withoutScope?: number;
  /** The status for a consumer of other namespaces. */
  elsewhere: number;
}

const image = `/v1/images/${proxyAgentId}`;
const routes: Route[] = [
  {
    route: 'GET /v1/registry-images',
    path: '/v1/registry-images?namespace=scc_hss_container&registryName=swr-private',
    elsewhere: 404,
  },
  { route: 'GET /v1/local-images', path: '/v1/local-images?limit=1', elsewhere: 403 },
  { route: 'GET /v1/images/{imageId}', path: `${image}?${proxyAgentQuery}`, elsewhere: 404 },
  { route: 'GET /v1/images/{imageId}/files', path: `${image}/files?${proxyAgentQuery}`, elsewhere: 404 },
  { route: 'GET /v1/images/{imageId}/base-os', path: `${image}/base-os?${proxyAgentQuery}`, elsewhere: 404 },
  { route: 'GET /v1/images/lookup', path: `/v1/images/lookup?ref=${proxyAgentId}`, elsewhere: 404 },
  { route: 'POST /v1/images/batch-get', body: { refs: [proxyAgentId] }, elsewhere: 200 },
  { route: 'GET /v1/images', elsewhere: 200 },
  { route: 'GET /v1/hosts', elsewhere: 200 },
  { route: 'GET /v1/hosts/{hostId}/images', path: '/v1/hosts/HOST/images', elsewhere: 404 },
  { route: 'GET /v1/catalog/status', elsewhere: 200 },
  { route: 'GET /v1/catalog/summary', elsewhere: 200 },
  { route: 'GET /v1/catalog/changes', elsewhere: 200 },
  { route: 'GET /v1/catalog/export', elsewhere: 200 },
  { route: 'GET /v1/me', withoutScope: 200, elsewhere: 200 },
  { route: 'GET /v1/admin/budget', elsewhere: 200 },
  { route: 'GET /v1/admin/cache', elsewhere: 200 },
  { route: 'GET /v1/admin/problems', elsewhere: 200 },
  { route: 'POST /v1/admin/cache/purge', body: { key: 'k' }, elsewhere: 403 },
];

describe('every route', () => {
  const file = new MountedFile(fileOf(...lasting, revoked));
  const story = useFilledCatalog({ registryImages: 30, localImages: 20 }, { CONSUMERS_FILE: file.path });
  let host: string;

  const send = ({ route, path, body }: Route, key: string | undefined): Promise<TestAnswer> => {
    const [method = '', own = ''] = route.split(' ');
    return story.service.request((path ?? own).replace('HOST', host), {
      method,
      headers: { ...(key === undefined ? {} : { 'X-API-Key': key }), 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  };
  const as = (id: string) => (route: Route) => send(route, keyOf(id));

  beforeEach(async () => {
    ({ hostId: host } = (await story.fetched('/v1/hosts?limit=1')).items[0]);
  });
  afterAll(() => file.close());

  it('stands in the table of this test', async () => {
    const { paths } = (await story.get('/openapi.json')).body as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const ours = described.filter((route) => / \/v1\//.test(route) && !route.startsWith('HEAD'));
    expect(routes.map(({ route }) => route).sort()).toEqual(ours.sort());
  });

  it.each(routes)('$route refuses whoever may not call, without a call', async (route) => {
    const { withoutScope = 403, elsewhere } = route;
    const statuses: [who: string, status: number, wanted: number][] = [];
    const note = async (who: string, answer: Promise<TestAnswer>, wanted: number) =>
      statuses.push([who, (await answer).status, wanted]);
    await note('no key', send(route, undefined), 401);
    await note('wrong', send(route, 'a-wrong-key-0123456789'), 401);
    await note('expired', as('expired')(route), 401);
    await note('without scope', as('without-scope')(route), withoutScope);
    await note('elsewhere', as('elsewhere')(route), elsewhere);
    await as('over')({ route: 'GET /v1/me', elsewhere: 200 });
    await note('over', as('over')(route), 429);
    expect(story.callCount()).toBe(0);
    await note('right', as('right')(route), 200);
    expect(statuses.filter(([, status, wanted]) => status !== wanted)).toEqual([]);
  });

  it('refuses a key that the file has lost', async () => {
    for (const route of routes)
      expect([route.route, (await as('revoked')(route)).status]).toEqual([route.route, 200]);
    file.write(fileOf(...lasting));
    story.clock.advance(15_000);
    await until(async () => (await as('revoked')(routes[0]!)).status === 401);
    story.emulator.journal.clear();
    for (const route of routes)
      expect([route.route, (await as('revoked')(route)).status]).toEqual([route.route, 401]);
    expect(story.callCount()).toBe(0);
  });

  it('tells a consumer of other namespaces about no image', async () => {
    for (const route of routes.filter(({ elsewhere }) => elsewhere === 200)) {
      const { text, headers } = await as('elsewhere')(route);
      const told = `${text} ${JSON.stringify([...headers])}`.replace(proxyAgentId, 'asked');
      expect([
        route.route,
        /sha256:[0-9a-f]{64}|scc_hss_container/.exec(told.replaceAll('other:scc_hss_container', '')),
      ]).toEqual([route.route, null]);
      if (headers.has('x-catalog-total')) expect(headers.get('x-catalog-total')).toBe('0');
    }
  });
});
