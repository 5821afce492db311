import { describe, expect, it } from '@jest/globals';
import {
  exchange,
  officialClients,
  requestHead,
  type ClientAnswer,
  type ClientCall,
} from '../support/official-clients.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService } from '../support/service.js';
import { sdkConsumers, sdkKeys } from '../support/sdk-consumers.js';
import { TestClock } from '../support/test-clock.js';
import { useEmulatedService, type EmulatedService } from '../support/use-emulated-service.js';

const [python, node] = officialClients as [
  (typeof officialClients)[number],
  (typeof officialClients)[number],
];

function callOf(story: EmulatedService, more: Partial<ClientCall> = {}): ClientCall {
  return {
    keys: sdkKeys,
    projectId: story.emulator.projectId,
    segments: ['image', 'registries', 'images'],
    query: [['enterprise_project_id', 'all_granted_eps']],
    now: story.clock.now(),
    host: new URL(story.service.url).host,
    ...more,
  };
}
const send = (call: ClientCall, client = python): Promise<ClientAnswer> =>
  exchange(call.host, requestHead(client, call), call.body);
const codeOf = ({ text }: ClientAnswer) => (JSON.parse(text) as { error_code: string }).error_code;

describe('wrong signatures', () => {
  const { env } = sdkConsumers();
  const story = useEmulatedService({ env: { ...env, AUTH_FAILURES: '3/60s' } });

  it('are counted, and never keep a right one out', async () => {
    const wrong = { ...sdkKeys, sk: 'wrong' };
    const codes: string[] = [];
    for (let tries = 0; tries < 5; tries += 1) codes.push(codeOf(await send(callOf(story, { keys: wrong }))));
    expect(codes).toEqual(['APIGW.0301', 'APIGW.0301', 'APIGW.0301', 'APIGW.0308', 'APIGW.0308']);
    expect((await send(callOf(story))).status).toBe(200);
  });
});

describe('a rate of a consumer', () => {
  const { env } = sdkConsumers({ requests: '2/60s' });
  const story = useEmulatedService({ env });

  it('holds for the face, in the words of the gateway', async () => {
    const answers = [await send(callOf(story)), await send(callOf(story)), await send(callOf(story))];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    const [, , over] = answers as [ClientAnswer, ClientAnswer, ClientAnswer];
    expect(codeOf(over)).toBe('APIGW.0308');
    const seconds = Number(over.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
  });
});

describe('the face', () => {
  const { env } = sdkConsumers();
  const story = useEmulatedService({ env, clock: new TestClock() });

  it('reads the signed body of a GET, and refuses another body', async () => {
    const call = callOf(story, { base: 'v3', segments: ['projects'], query: [], body: '{}' });
    expect((await send(call, node)).status).toBe(200);
    const other = await exchange(call.host, requestHead(node, call), '[]');
    expect([other.status, codeOf(other)]).toEqual([401, 'APIGW.0301']);
  });

  it('refuses a body that is larger than any that clients send', async () => {
    const body = `"${'x'.repeat(5_000)}"`;
    const answer = await send(callOf(story, { body }), node);
    expect([answer.status, codeOf(answer)]).toEqual([413, 'APIGW.0201']);
  });

  it.each([
    ['an id that is too long', 'x'.repeat(257)],
    ['an id that climbs', 'a..b'],
  ])('refuses %s without a call', async (_, id) => {
    story.emulator.journal.clear();
    const query: ClientCall['query'] = [['image_type', 'cicd']];
    const answer = await send(callOf(story, { segments: ['image', id, 'files'], query }));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'HSS.0001']);
    expect(story.emulator.journal.entries).toEqual([]);
  });

  it('waits for no body of a sender that it does not know', async () => {
    const call = callOf(story, { keys: { ak: 'HBFFNOBODY', sk: 'x' }, body: 'never sent' });
    const answer = await exchange(call.host, requestHead(node, call));
    expect([answer.status, codeOf(answer)]).toEqual([401, 'APIGW.0301']);
  });

  it('serves what it keeps while HSS fails, and says how old it is', async () => {
    const call = { segments: ['image', 'local-repositories'] };
    expect((await send(callOf(story, call))).status).toBe(200);
    story.clock.advance(3_600_000);
    story.emulator.faults.schedule({ kind: 'status', status: 500 });
    const answer = await send(callOf(story, call));
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get('age'))).toBeGreaterThanOrEqual(3_600);
  });

  it('answers no method but GET, in a form that clients read', async () => {
    const head = requestHead(python, callOf(story)).replace(/^GET/, 'DELETE');
    const answer = await exchange(new URL(story.service.url).host, head);
    expect([answer.status, codeOf(answer)]).toEqual([404, 'APIGW.0101']);
  });

  it.each([
    ['a query that is no UTF-8', 'image/registries/images?namespace=%E9', 401, 'APIGW.0301'],
    ['an id that is no UTF-8', 'image/%ff/files?image_type=cicd', 401, 'APIGW.0301'],
    ['a URL that is too long', `image/registries/images?namespace=${'x'.repeat(8_192)}`, 414, 'APIGW.0201'],
  ])('refuses %s in a form that clients read', async (_, target, status, code) => {
    const head = requestHead(python, callOf(story)).replace(/image\/\S+/, target);
    const answer = await exchange(new URL(story.service.url).host, head);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers.get('x-request-id')).toMatch(/./);
  });
});

describe('a signed body that never comes', () => {
  const { env } = sdkConsumers();
  const story = useEmulatedService({ env: { ...env, REQUEST_DEADLINE: '400ms' }, clock: new TestClock() });

  it('is waited for until the deadline', async () => {
    const call = callOf(story, { body: 'never sent' });
    expect((await exchange(call.host, requestHead(node, call))).status).toBe(400);
  });
});

describe('a fleet in which one instance has no face', () => {
  const { env } = sdkConsumers();
  const story = useEmulatedService({ env, clock: new TestClock() });

  it('reads a block again that the other instance has kept', async () => {
    const redis: RedisProcess = await startRedis();
    const instance = (more: Record<string, string>) =>
      startService({ emulator: story.emulator, clock: story.clock, redisUrl: redis.url, env: more });
    const [without, withFace] = [await instance({}), await instance(env)];
    try {
      expect((await without.get('/v1/registry-images?enterpriseProjectId=all_granted_eps')).status).toBe(200);
      const answer = await send(callOf(story, { host: new URL(withFace.url).host }));
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.text)).toMatchObject({ data_list: expect.arrayContaining([]) });
      expect(story.emulator.journal.entries).toHaveLength(2);
    } finally {
      await without.close();
      await withFace.close();
      await redis.stop();
    }
  });
});

describe('without HSS_COMPAT', () => {
  const story = useEmulatedService();

  it('the paths of HSS do not exist', async () => {
    const answer = await send(callOf(story));
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});
