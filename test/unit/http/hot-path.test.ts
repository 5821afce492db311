import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { newConsumer } from '../../../src/consumers/consumer.js';
import { Consumers } from '../../../src/consumers/consumers.js';
import { Rates } from '../../../src/consumers/rates.js';
import { Cors } from '../../../src/http/cors.js';
import { Exchanges } from '../../../src/http/exchanges.js';
import { StaleAnswers } from '../../../src/http/stale-answers.js';
import { HotAnswers } from '../../../src/http/hot-answers.js';
import { HitLines } from '../../../src/http/hit-lines.js';
import { HotPath } from '../../../src/http/hot-path.js';
import { RequestCounts } from '../../../src/http/request-counts.js';
import { StrictAnswers } from '../../../src/http/strict-answers.js';
import { RequestLog } from '../../../src/http/request-log.js';
import { rawRequest } from '../../support/raw-http.js';
import { TestClock } from '../../support/test-clock.js';

const key = 'a-key-of-this-machine-1';
/** The key of a consumer that may send two requests a day. */
const keyOfTwo = 'a-key-of-two-requests-1';
const path = '/v1/list';
/** Status of the handler behind the hot path. */
const normalWay = 418;

describe('the hot path', () => {
  const clock = new TestClock();
  let server: Server;
  let url: string;
  let answers: HotAnswers;
  let lines: unknown[];
  let version: number;
  const ending = { isEnding: false };

  beforeEach(async () => {
    [answers, lines, version] = [new HotAnswers(1_000_000), [], 1];
    ending.isEnding = false;
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    server = createServer((_request, response) => void response.writeHead(normalWay).end());
    const consumer = newConsumer('demo', ['read', 'hosts'], { loopbackOnly: true });
    const twice = newConsumer('twice', ['read', 'hosts'], {
      rate: { requests: { limit: 2, windowMs: 86_400_000 } },
    });
    const consumers = new Consumers([
      { key, consumer },
      { key: keyOfTwo, consumer: twice },
    ]);
    new HotPath({
      answers,
      consumers,
      jwt: null,
      rates: new Rates(clock, { limit: 1, windowMs: 1_000 }),
      cors: new Cors([]),
      exchanges: new Exchanges(),
      clock,
      requests: new RequestLog({
        log,
        hits: new HitLines(log, 1),
        counts: new RequestCounts(),
        strict: new StrictAnswers(),
        clock,
      }),
      stale: new StaleAnswers(),
      isDemo: true,
      ending,
    }).install(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  function keep(body: string): void {
    const now = clock.now();
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      etag: 'W/"e"',
    };
    const until = now + 60_000;
    const store = { versionOf: () => version };
    const validity = { until, dependencies: [{ store, key: 'key', version }] };
    const age = { fetchedAt: now, freshUntil: until, collapsed: false, validity };
    answers.keep(path, path, { body, headers }, { ...age, outcome: 'hit' }, now);
  }

  const get = (headers: Record<string, string> = {}) =>
    rawRequest(url, path, { headers: { 'X-API-Key': key, ...headers } });

  it.each([
    ['short', 1],
    ['long', 20_000],
  ])('sends a %s answer in full, with any characters', async (_length, times) => {
    const body = JSON.stringify('{"name":"größer 图 😀"}'.repeat(times));
    keep(body);
    const answer = await get();
    expect([answer.status, answer.text]).toEqual([200, body]);
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(body)));
    expect(answer.headers['x-demo-data']).toBe('true');
    expect(lines).toMatchObject([{ level: 30, method: 'GET', route: path, status: 200, consumer: 'demo' }]);
  });

  it.each([
    ['gzip', 2_000, 'gzip'],
    ['gzip, deflate, br', 20_000, 'gzip'],
    ['gzip;q=0', 2_000, undefined],
    ['br', 2_000, undefined],
    ['gzip', 10, undefined],
    ['gzip, identity;q=0', 10, 'gzip'],
  ])('packs for Accept-Encoding: %s an answer of %d bytes: %s', async (accepted, bytes, coding) => {
    const body = JSON.stringify('ü'.repeat(bytes / 2));
    keep(body);
    for (let turn = 0; turn < 2; turn += 1) {
      const { headers, bytes } = await get({ 'Accept-Encoding': accepted });
      expect(headers['content-encoding']).toBe(coding);
      expect(headers['content-length']).toBe(String(bytes.length));
      expect(String(coding === 'gzip' ? gunzipSync(bytes) : bytes)).toBe(body);
    }
  });

  it('counts the packed bytes in its memory, and packs once', async () => {
    keep(JSON.stringify('x'.repeat(2_000)));
    const before = answers.bytes;
    await get({ 'Accept-Encoding': 'gzip' });
    const after = answers.bytes;
    expect(after).toBeGreaterThan(before);
    await get({ 'Accept-Encoding': 'gzip' });
    expect(answers.bytes).toBe(after);
  });

  it.each([{ Accept: 'text/html' }, { 'Accept-Encoding': '*;q=0' }])(
    'leaves a request that accepts no JSON to the normal way: %j',
    async (headers: Record<string, string>) => {
      keep('{}');
      expect((await get(headers)).status).toBe(normalWay);
      expect((await get({ Accept: 'application/json' })).status).toBe(200);
    },
  );

  it('does not answer a loopback-only key that comes through a proxy', async () => {
    keep('{}');
    expect((await get({ 'X-Forwarded-For': '192.0.2.1' })).status).toBe(normalWay);
    expect((await get()).status).toBe(200);
    expect(lines).toHaveLength(1);
  });

  it('drops an answer that is no longer valid', async () => {
    keep('{}');
    version += 1;
    expect((await get()).status).toBe(normalWay);
    expect([answers.count, answers.bytes]).toEqual([0, 0]);
  });

  it('looks nowhere else for a consumer over its rate', async () => {
    let looks = 0;
    answers.alsoFrom({ find: () => Promise.resolve(void (looks += 1)), offer: () => undefined });
    keep('{}');
    const statuses = [];
    for (const path of ['/v1/list', '/v1/other', '/v1/list', '/v1/list', '/v1/other'])
      statuses.push((await rawRequest(url, path, { headers: { 'X-API-Key': keyOfTwo } })).status);
    expect(statuses).toEqual([200, normalWay, 200, normalWay, normalWay]);
    expect(looks).toBe(1);
  });

  it('closes the connection when the process is about to stop', async () => {
    keep('{}');
    const agent = { Connection: 'keep-alive' };
    expect((await get(agent)).headers.connection).toBe('keep-alive');
    ending.isEnding = true;
    expect((await get(agent)).headers.connection).toBe('close');
  });
});
