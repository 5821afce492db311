// The typed client of clients/typescript against the running service.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createHssBffClient,
  isProblem,
  partOf,
  ProblemError,
  UnexpectedAnswerError,
  type ClientOptions,
  type HssBffClient,
  type OperationId,
} from '../../clients/typescript/src/index.js';
import { fillCatalog } from '../support/catalog.js';
import { noAnswers } from '../support/no-answers.js';
import { operationIds } from '../support/openapi-contract.js';
import { proxyAgentCoordinates, proxyAgentId } from '../support/proxy-agent.js';
import { adminKey, readKey } from '../support/service.js';
import { startUpstream } from '../support/upstream-server.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const coordinates = { ...proxyAgentCoordinates, type: 'private_image' } as const;

describe('the typed client', () => {
  const story = useEmulatedService({ emulator: { registryImages: 60, localImages: 40 } });
  /** The statuses of the answers on the wire. */
  const statuses: number[] = [];
  const waits: number[] = [];
  let bff: HssBffClient;

  const clientOf = (options: Partial<ClientOptions> = {}) =>
    createHssBffClient({
      baseUrl: story.service.url,
      key: readKey,
      fetch: async (...given) => {
        const answer = await fetch(...given);
        statuses.push(answer.status);
        return answer;
      },
      timing: {
        now: () => story.clock.now(),
        random: () => 0.5,
        sleep: (ms) => {
          waits.push(ms);
          story.clock.advance(ms);
          return Promise.resolve();
        },
      },
      ...options,
    });

  beforeAll(async () => {
    await fillCatalog(story.service, story.emulator, story.clock.now());
  });
  beforeEach(() => {
    bff = clientOf();
    statuses.length = 0;
    waits.length = 0;
  });

  it('has a method for each operation, which gives the answer of its route', async () => {
    const host = (await bff.listHosts({ limit: 1 })).data.items[0]!.hostId!;
    const admin = clientOf({ key: adminKey });
    const answers: Record<OperationId, () => Promise<{ data: unknown } | { total: number }>> = {
      searchImages: () => bff.searchImages({ severity: 'high', fields: ['name', 'tag'], limit: 3 }),
      getImage: () => bff.getImage({ imageId: proxyAgentId, include: ['image', 'hosts'] }),
      lookupImage: () => bff.lookupImage({ ref: proxyAgentId }),
      batchGetImages: () => bff.batchGetImages({ refs: [proxyAgentId], include: ['image'] }),
      listImageFiles: () => bff.listImageFiles({ imageId: proxyAgentId, ...coordinates }),
      listImageBaseOs: () => bff.listImageBaseOs({ imageId: proxyAgentId }),
      listHosts: () => bff.listHosts({ severity: 'high' }),
      listHostImages: () => bff.listHostImages({ hostId: host }),
      getCatalogSummary: () => bff.getCatalogSummary(),
      exportCatalog: () => bff.exportCatalog(),
      listCatalogChanges: () => bff.listCatalogChanges(),
      getCatalogStatus: () => bff.getCatalogStatus(),
      listRegistryImages: () => bff.listRegistryImages({ sort: '-scannedAt' }),
      listLocalImages: () => bff.listLocalImages({ sizeBytes: '9223372036854775807' }),
      getMe: () => bff.getMe(),
      getBudget: () => admin.getBudget(),
      getCacheState: () => admin.getCacheState(),
      listRecentProblems: () => admin.listRecentProblems(),
      purgeCache: () => admin.purgeCache({ tag: `image:${proxyAgentId}`, dryRun: true }),
      getHealth: () => bff.getHealth(),
      getLiveness: () => bff.getLiveness(),
      getReadiness: () => bff.getReadiness(),
    };
    expect(Object.keys(answers).sort()).toEqual(Object.values(operationIds).sort());
    for (const [id, ask] of Object.entries(answers)) {
      const answer = await ask();
      expect([id, typeof ('data' in answer ? answer.data : answer)]).toEqual([id, 'object']);
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
    const { data } = await bff.searchImages({ severity: 'high', fields: ['name', 'tag'], limit: 3 });
    const plain = await story.service.get('/v1/images?severity=high&fields=name,tag&limit=3');
    expect(data).toEqual(plain.body);
  });

  it('gives each part with its status, and a value when that is usable', async () => {
    const { data } = await bff.getImage({ imageId: proxyAgentId, include: ['image', 'files', 'hosts'] });
    const files = partOf(data, 'files');
    if (files?.status !== 'fresh') throw new Error(`files are ${files?.status}`);
    expect(files.value.items.length).toBeGreaterThan(0);
    expect(files.value.items[0]!.sizeBytes).toMatch(/^\d+$/);
    expect(partOf(data, 'baseOs')).toBeUndefined();
    await story.service.purge({ tag: `image:${proxyAgentId}` });
    story.emulator.faults.schedule({ kind: 'status', status: 500, api: 'ListImageFiles', times: 20 });
    const failing = await bff.getImage({
      imageId: proxyAgentId,
      ...coordinates,
      include: ['files', 'baseOs'],
    });
    expect(partOf(failing.data, 'files')).toMatchObject({ status: 'failed', value: null });
    expect(partOf(failing.data, 'baseOs')).toMatchObject({ status: 'fresh', value: [{ osName: 'Debian' }] });
    story.clock.advance(900_000);
  });

  it('keeps every digit of an int64', async () => {
    const size = 9_007_199_254_740_993n;
    const row = `"image_id":"x","image_digest":"${'7'.repeat(64)}","image_size":${size},"vul_num":5`;
    const bodies = `{"total_num":${size},"data_list":[{${row}}]}`;
    story.emulator.faults.schedule({ kind: 'raw', api: 'ListRegistryImages', body: bodies });
    const { data } = await bff.listRegistryImages({ name: 'int64', limit: 1 });
    expect([data.total, data.items[0]!.sizeBytes, data.limit]).toEqual([`${size}`, `${size}`, 1]);
    expect(data.items[0]!.findingCounts.vulnerabilities).toBe('5');
    const result = await bff.http.GET('/v1/registry-images', {
      params: { query: { name: 'int64', limit: 1 } },
    });
    expect(result.data?.total).toBe(`${size}`);
  });

  it('tells as of when the data are, for an unchanged answer too', async () => {
    const asked = { limit: 1, name: 'proxy-agent' };
    const first = await bff.listRegistryImages(asked);
    expect(first.asOf).toEqual(new Date(story.clock.now()));
    story.clock.advance(30_000);
    const again = await bff.listRegistryImages(asked);
    expect(statuses).toEqual([200, 304]);
    expect(again).toMatchObject({ data: first.data, asOf: first.asOf, etag: first.etag });
    expect((await bff.getMe()).asOf).toBeNull();
    // The caller may do with its data what it likes.
    again.data.items.length = 0;
    expect((await bff.listRegistryImages(asked)).data).toEqual(first.data);
  });

  it('goes through all pages with the parameters of the first', async () => {
    const whole = await bff.searchImages({ severity: 'high', fields: ['digest', 'severity'], limit: 200 });
    const found: unknown[] = [];
    for await (const image of bff.items.searchImages({
      severity: 'high',
      fields: ['digest', 'severity'],
      limit: 2,
    }))
      found.push(image);
    expect(found.length).toBeGreaterThan(4);
    expect(found).toEqual(whole.data.items);
    const sizes: number[] = [];
    const files = { imageId: proxyAgentId, ...coordinates, limit: 20 };
    for await (const { data } of bff.pages.listImageFiles(files)) sizes.push(data.items.length);
    expect(sizes).toEqual([20, 20, 10]);
  });

  it('asks again when HSS has calls for it again', async () => {
    story.emulator.faults.schedule({ kind: 'throttle', api: 'ListImageLocal', retryAfter: '30', times: 1 });
    const { data } = await bff.listLocalImages({ name: 'throttled' });
    expect(data.items).toEqual([]);
    expect(statuses).toEqual([503, 200]);
    expect(waits[0]).toBeGreaterThanOrEqual(30_000);
    expect(story.emulator.journal.calls()).toHaveLength(2);
  });

  it('throws the problem when the deadline leaves no time to ask again', async () => {
    story.emulator.faults.schedule({ kind: 'throttle', api: 'ListImageLocal', retryAfter: '30' });
    const error = await bff
      .listLocalImages({ name: 'late' }, { deadlineMs: 20_000 })
      .catch((reason: unknown) => reason);
    if (!isProblem(error, 'listLocalImages')) throw error;
    expect(error.problem).toMatchObject({ code: 'upstream-throttled', status: 503, retryable: true });
    expect(waits).toEqual([]);
    story.clock.advance(900_000);
  });

  it('throws each problem with its code', async () => {
    const codes = [
      [clientOf({ key: 'wrong-key-0123456789' }).getMe(), 'unauthenticated'],
      [bff.getBudget(), 'forbidden'],
      [bff.lookupImage({ ref: 'no-such-team/app:1' }), 'not-found'],
      [bff.getImage({ imageId: 'x', type: 'harbor' }), 'image-coordinates-required'],
      [bff.listRegistryImages({ limit: 201 }), 'invalid-request'],
      [
        bff.listRegistryImages({ name: 'never asked' }, { headers: { 'Cache-Control': 'only-if-cached' } }),
        'not-cached',
      ],
    ] as const;
    for (const [answer, code] of codes) {
      const error: unknown = await answer.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ProblemError);
      expect((error as ProblemError).problem.code).toBe(code);
      expect(String(error)).not.toContain(readKey);
    }
  });

  it('takes a token, a key that changes, and the wishes of a gate', async () => {
    let asked = 0;
    const key = () => Promise.resolve((asked += 1) === 1 ? 'wrong-key-0123456789' : readKey);
    const changing = clientOf({ key });
    await expect(changing.getMe()).rejects.toThrow('unauthenticated');
    expect((await changing.getMe()).data.consumer).toBe('reader');
    const withToken = createHssBffClient({ baseUrl: story.service.url, token: readKey });
    expect((await withToken.getMe()).data.consumer).toBe('reader');
    const strict = await bff.getImage({ imageId: proxyAgentId, include: ['image'] }, { strict: true });
    expect(strict.headers.get('preference-applied')).toBe('handling=strict');
  });

  it('exports line by line, and gives the mark to go on from', async () => {
    const { total, mark, complete, lines } = await bff.exportCatalog({ severity: 'high' });
    let read = 0;
    for await (const { severity } of lines) {
      read += 1;
      expect(severity).toBe('high');
    }
    expect([read, complete]).toEqual([total, true]);
    expect((await bff.listCatalogChanges({ since: mark })).data.items).toEqual([]);
    const hosts = await bff.exportCatalog({ of: 'hosts' });
    for await (const { hostId, containerCount } of hosts.lines) {
      expect(hostId).toEqual(expect.any(String));
      expect(containerCount).toMatch(/^\d+$/);
      break;
    }
    const csv = await bff.http.GET('/v1/catalog/export', {
      params: { query: { format: 'csv' } },
      parseAs: 'text',
    });
    expect(csv.data).toMatch(/^imageId,/);
    await expect(bff.exportCatalog({ severity: 'nope' })).rejects.toThrow('invalid-request');
  });

  it('gives the address of a request, without the key', async () => {
    const address = bff.urlOf('getImage', { imageId: proxyAgentId, include: ['image', 'hosts'] });
    expect(address).toBe(
      `${story.service.url}/v1/images/${encodeURIComponent(proxyAgentId)}?include=image,hosts`,
    );
    expect((await story.service.get(address.replace(story.service.url, ''))).status).toBe(200);
  });

  describe('takes nothing else for an answer:', () => {
    it.each(Object.entries(noAnswers))('%s', async (_title, { status = 200, body }) => {
      const upstream = await startUpstream((_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
      const client = clientOf({ baseUrl: upstream.url });
      const all = async () => {
        for await (const item of client.items.searchImages()) expect(item).toBe('an item');
      };
      const error: unknown = await all().catch((reason: unknown) => reason);
      await upstream.close();
      expect(error).toBeInstanceOf(UnexpectedAnswerError);
    });

    it('a page of a proxy, which comes with status 200', async () => {
      const upstream = await startUpstream((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sign in</p>');
      });
      const client = clientOf({ baseUrl: upstream.url });
      const asked = await Promise.allSettled([client.getMe(), client.exportCatalog()]);
      await upstream.close();
      const reason = { name: 'UnexpectedAnswerError', status: 200, text: '<p>Sign in</p>' };
      expect(asked).toMatchObject([{ reason }, { reason }]);
    });

    it('an export that breaks off', async () => {
      const upstream = await startUpstream((_request, response) => {
        response
          .writeHead(200, { 'content-type': 'application/x-ndjson', 'x-catalog-total': '2' })
          .end('{}\n');
      });
      const { lines } = await clientOf({ baseUrl: upstream.url }).exportCatalog();
      const read = async () => {
        for await (const line of lines) expect(line).toEqual({});
      };
      await expect(read()).rejects.toThrow('after 1 of 2 lines');
      await upstream.close();
    });

    it('a redirect, which would carry the key elsewhere', async () => {
      const upstream = await startUpstream((request, response) => {
        response.writeHead(302, { location: `${story.service.url}${request.url}` }).end();
      });
      await expect(clientOf({ baseUrl: upstream.url }).getMe()).rejects.toThrow('fetch failed');
      await upstream.close();
    });
  });

  it('gives the state of an instance that is not ready as an answer', async () => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
      response.end('{"status":"stopping"}');
    });
    const { data } = await clientOf({ baseUrl: upstream.url }).getReadiness();
    expect([data.status, upstream.requests.length]).toEqual(['stopping', 1]);
    await upstream.close();
  });

  afterAll(() => story.emulator.faults.clear());
});
