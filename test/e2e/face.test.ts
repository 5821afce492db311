import { beforeEach, describe, expect, it } from '@jest/globals';
import { exchange, officialClients, requestHead, type ClientCall } from '../support/official-clients.js';
import { sdkConsumers, sdkKeys } from '../support/sdk-consumers.js';
import { TestClock } from '../support/test-clock.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const image = {
  image_type: 'private_image',
  namespace: 'scc_hss_container',
  image_name: 'proxy-agent',
};
const imageId = 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';
const tag = '24.5.0-x86_64';
const project: [string, string] = ['enterprise_project_id', 'all_granted_eps'];
const pairs = (query: object) => Object.entries(query) as [string, string][];

/** The four calls, as a program writes them. */
const calls: [string, Pick<ClientCall, 'segments' | 'query' | 'region'>][] = [
  [
    'files',
    {
      segments: ['image', imageId, 'files'],
      query: [...pairs({ ...image, tag_name: tag, limit: '10', offset: '0' }), project],
    },
  ],
  [
    'base OS',
    {
      segments: ['image', imageId, 'basic-image'],
      query: [...pairs({ ...image, image_version: tag }), project],
      region: 'cn-north-4',
    },
  ],
  [
    'local images',
    {
      segments: ['image', 'local-repositories'],
      query: [project, ...pairs({ has_container: 'false', has_vul: 'false', limit: '200', offset: '0' })],
    },
  ],
  ['registry images', { segments: ['image', 'registries', 'images'], query: [project] }],
];

describe('the face for official clients', () => {
  const consumers = sdkConsumers();
  // The pause after a 429 and the back-off after a failure must pass.
  const story = useEmulatedService({
    env: consumers.env,
    clock: new TestClock(),
    emulator: { strictRegionHeader: false },
  });

  const faceCall = (call: Pick<ClientCall, 'segments' | 'query' | 'region'>, keys = sdkKeys): ClientCall => ({
    ...call,
    keys,
    projectId: story.emulator.projectId,
    now: story.clock.now(),
    host: new URL(story.service.url).host,
  });
  const emulatorCall = (call: Pick<ClientCall, 'segments' | 'query' | 'region'>): ClientCall => ({
    ...faceCall(call),
    keys: story.emulator.credentials,
    host: new URL(story.emulator.url).host,
  });
  const send = async (client: (typeof officialClients)[number], call: ClientCall) =>
    exchange(call.host, requestHead(client, call));
  const [python] = officialClients as [(typeof officialClients)[number]];

  describe.each(officialClients.map((client) => [client.name, client] as const))('%s', (_, client) => {
    it.each(calls)('gets for %s what HSS answers, and nothing else', async (_call, call) => {
      const fromHss = await send(client, emulatorCall(call));
      const fromFace = await send(client, faceCall(call));
      expect([fromFace.status, fromHss.status]).toEqual([200, 200]);
      expect(exactJson(fromFace.text)).toEqual(exactJson(fromHss.text));
      expect(fromFace.headers.get('content-type')).toBe('application/json');
      expect(fromFace.headers.get('x-request-id')).toMatch(/./);
      expect(fromFace.headers.get('age')).toMatch(/^\d+$/);
      expect(fromFace.headers.has('etag')).toBe(false);
    });
  });

  it('serves both forms from one call of HSS', async () => {
    await story.service.purge();
    story.emulator.journal.clear();
    const [, registry] = calls[3] as (typeof calls)[number];
    expect((await send(python, faceCall(registry))).status).toBe(200);
    const page = await story.service.get('/v1/registry-images?enterpriseProjectId=all_granted_eps');
    expect(page.body.items).toHaveLength(10);
    expect((await send(python, faceCall({ ...registry, query: [project, ['offset', '10']] }))).status).toBe(
      200,
    );
    expect(story.emulator.journal.entries).toHaveLength(1);
  });

  it.each([
    ['a blank and a plus', [['file_name', 'web shell+~*é()']]],
    ['an empty value', [['file_name', '']]],
    ['an unknown parameter', [['colour', 'red']]],
  ] as [string, [string, string][]][])('reads %s as HSS does', async (_, more) => {
    const [, files] = calls[0] as (typeof calls)[number];
    const call = { ...files, query: [...files.query, ...more] };
    for (const client of officialClients) {
      const [fromHss, fromFace] = [
        await send(client, emulatorCall(call)),
        await send(client, faceCall(call)),
      ];
      expect([client.name, fromFace.status]).toEqual([client.name, fromHss.status]);
      expect(exactJson(fromFace.text)).toEqual(exactJson(fromHss.text));
    }
  });

  it('answers two slashes in front, as one client sends them', async () => {
    const [, registry] = calls[3] as (typeof calls)[number];
    const call = faceCall(registry);
    const java = officialClients.find(({ name }) => name === 'Java') as (typeof officialClients)[number];
    const head = requestHead({ ...java, leadingSlashes: 2 }, call);
    expect(head).toMatch(/^GET \/\/v5\//);
    expect((await exchange(call.host, head)).status).toBe(200);
  });

  describe('refuses', () => {
    const refusal = async (change: (call: ClientCall) => ClientCall | string) => {
      const [, registry] = calls[3] as (typeof calls)[number];
      const call = faceCall(registry);
      const changed = change(call);
      story.emulator.journal.clear();
      const head = typeof changed === 'string' ? changed : requestHead(python, changed);
      const answer = await exchange(call.host, head);
      expect(story.emulator.journal.entries).toEqual([]);
      expect(answer.headers.get('x-request-id')).toMatch(/./);
      const body = JSON.parse(answer.text) as Record<string, unknown>;
      expect(Object.values(body).every((value) => typeof value === 'string')).toBe(true);
      expect(answer.text).not.toContain(call.keys.sk);
      return { status: answer.status, ...body };
    };

    it.each([
      [
        'a wrong secret key',
        (call: ClientCall) => ({ ...call, keys: { ...call.keys, sk: 'wrong' } }),
        401,
        'APIGW.0301',
      ],
      [
        'an unknown key',
        (call: ClientCall) => ({ ...call, keys: { ak: 'HBFFNOBODY', sk: 'x' } }),
        401,
        'APIGW.0301',
      ],
      [
        'a clock that is 16 min off',
        (call: ClientCall) => ({ ...call, now: call.now - 960_000 }),
        401,
        'APIGW.0301',
      ],
      ['another project', (call: ClientCall) => ({ ...call, projectId: 'f'.repeat(32) }), 403, 'APIGW.0302'],
      [
        'a project that was not set',
        (call: ClientCall) => ({ ...call, projectId: '{project_id}' }),
        403,
        'APIGW.0302',
      ],
      [
        'a key without the scope',
        (call: ClientCall) => ({ ...call, keys: sdkKeys.withoutScope }),
        403,
        'APIGW.0302',
      ],
      [
        'a limit that HSS does not take',
        (call: ClientCall) => ({ ...call, query: [project, ['limit', '201']] as ClientCall['query'] }),
        400,
        'HSS.0001',
      ],
      [
        'a missing coordinate',
        (call: ClientCall) => ({ ...call, segments: ['image', 'x', 'files'], query: pairs(image) }),
        400,
        'HSS.0001',
      ],
      [
        'an id with an escaped slash, before the signature',
        (call: ClientCall) =>
          requestHead(python, { ...call, segments: ['image', 'a/b', 'files'], keys: { ak: 'x', sk: 'x' } }),
        400,
        'HSS.0001',
      ],
      [
        'a call that it does not serve',
        (call: ClientCall) => ({ ...call, segments: ['hosts'] }),
        404,
        'APIGW.0101',
      ],
      [
        'an API key of /v1',
        (call: ClientCall) =>
          `GET /v5/${call.projectId}/image/registries/images HTTP/1.1\r\nHost: x\r\nX-API-Key: k`,
        401,
        'APIGW.0301',
      ],
    ] as const)('%s', async (_, change, status, code) => {
      expect(await refusal(change)).toMatchObject({ status, error_code: code });
    });

    it('tells how far the clock is off', async () => {
      const body = await refusal((call) => ({ ...call, now: call.now + 3_600_000 }));
      expect(body).toMatchObject({ error_msg: expect.stringMatching(/(3600|3599) s ahead/) });
    });

    it('the local list without the scope for hosts', async () => {
      const [, local] = calls[2] as (typeof calls)[number];
      const body = await refusal((call) => ({ ...call, ...local, keys: sdkKeys.withoutHosts }));
      expect(body).toMatchObject({ status: 403, error_code: 'APIGW.0302' });
    });
  });

  describe('when HSS fails', () => {
    const fresh = (name: string): ClientCall =>
      faceCall({ segments: ['image', 'registries', 'images'], query: [project, ['image_name', name]] });

    beforeEach(() => story.clock.advance(600_000));

    it.each([
      ['throttles', { kind: 'throttle', retryAfter: '7' }, 429, 'APIGW.0308', '7'],
      ['is down', { kind: 'status', status: 500 }, 503, 'APIGW.0201', undefined],
      ['refuses our key', { kind: 'unauthorized' }, 503, 'APIGW.0613', undefined],
    ] as const)("answers in HSS's own form when HSS %s", async (what, fault, status, code, retryAfter) => {
      story.emulator.faults.schedule({ ...fault, times: 20 });
      const answer = await exchange(new URL(story.service.url).host, requestHead(python, fresh(`x-${what}`)));
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.text)).toMatchObject({ error_code: code });
      expect(answer.headers.get('retry-after')).toBe(retryAfter);
    });
  });

  it('names its one project to a client that looks the project up', async () => {
    const call = {
      ...faceCall({ segments: ['projects'], query: [['name', story.emulator.region]] }),
      base: 'v3',
    };
    const answer = await exchange(call.host, requestHead(python, call));
    expect(JSON.parse(answer.text)).toMatchObject({
      projects: [{ id: story.emulator.projectId, name: story.emulator.region, enabled: true }],
    });
  });
});

/** Integers stay texts, so that two numbers beyond 2^53 differ. */
function exactJson(text: string): unknown {
  return JSON.parse(text.replace(/([[:,])(-?\d{16,})/g, '$1"$2"'));
}
