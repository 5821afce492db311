import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { startTracing, type Tracing } from '../../src/telemetry/start-tracing.js';
import { systemClock } from '../../src/time/clock.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { untilInAgreement } from '../support/redis-story.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const settings = { exporter: 'otlp', protocol: 'http/json', propagates: true } as const;

/** A receiver of OTLP over HTTP, as collectors have one. */
async function startReceiver(): Promise<{ server: Server; url: string; texts: string[] }> {
  const texts: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      texts.push(`${request.method} ${request.url} ${text}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, texts };
}

describe('traces', () => {
  const exporter = new InMemorySpanExporter();
  let [redis, emulator, service, tracing] = [] as unknown as [RedisProcess, Emulator, TestService, Tracing];
  const send = (path: string, headers: Record<string, string> = {}) =>
    service.get(path, { traceparent, ...headers });
  const served = (spans: readonly ReadableSpan[]) => spans.filter(({ kind }) => kind === SpanKind.SERVER);
  const ofTheConsumer = (spans: readonly ReadableSpan[]) =>
    spans.filter((span) => span.spanContext().traceId === traceId);
  /** All spans, once that of the request has ended. Those of earlier requests may end late and be among them. */
  const spansOf = async (): Promise<ReadableSpan[]> => {
    await until(async () => {
      await tracing.flush();
      return served(ofTheConsumer(exporter.getFinishedSpans())).length > 0;
    });
    return exporter.getFinishedSpans();
  };
  const names = (spans: readonly ReadableSpan[]) => [...new Set(spans.map(({ name }) => name))].sort();

  beforeAll(async () => {
    tracing = await startTracing(settings, 'one', systemClock, exporter);
    [redis, emulator] = [await startRedis(), await startEmulator({ rate: 'off' })];
    service = await startService({ emulator, redisUrl: redis.url, env: { CATALOG: 'on' } });
    await untilInAgreement(service);
    await until(async () => (await service.get('/v1/images')).status === 200);
  });
  beforeEach(async () => {
    await tracing.flush();
    exporter.reset();
    emulator.journal.clear();
  });
  afterAll(async () => {
    await service.close();
    await emulator.close();
    await redis.stop();
    await tracing.end();
  });

  it('go on from the consumer, over cache, Redis and budget, to HSS', async () => {
    await send('/v1/registry-images?name=traced-name');
    const all = await spansOf();
    const spans = ofTheConsumer(all);
    expect(names(spans)).toEqual(
      expect.arrayContaining([
        'GET /v1/registry-images',
        'HSS ListRegistryImages',
        'budget wait',
        'cache read',
        'redis',
      ]),
    );
    // The last question before the tests, of another trace, may end only now.
    const others = all.filter((span) => !spans.includes(span) && span.name !== 'GET /v1/images');
    expect(names(others)).toEqual([]);
    const call = spans.find(({ name }) => name === 'HSS ListRegistryImages')!;
    expect(emulator.journal.entries.map(({ headers }) => headers['traceparent'])).toContain(
      `00-${traceId}-${call.spanContext().spanId}-01`,
    );
  });

  it('begin anew for a request without one, and mix with no other', async () => {
    await Promise.all([send('/v1/registry-images?name=mixed'), service.get('/v1/registry-images?name=own')]);
    await until(async () => {
      await tracing.flush();
      return (
        served(exporter.getFinishedSpans()).filter(({ name }) => name.endsWith('/registry-images')).length ===
        2
      );
    });
    const spans = exporter.getFinishedSpans();
    const [own] = served(spans).filter(
      (span) => !ofTheConsumer([span]).length && span.name !== 'GET /v1/images',
    );
    const ownTrace = spans.filter((span) => span.spanContext().traceId === own?.spanContext().traceId);
    for (const trace of [ofTheConsumer(spans), ownTrace])
      expect(names(trace)).toEqual(expect.arrayContaining(['HSS ListRegistryImages', 'redis']));
    for (const trace of [ofTheConsumer(spans), ownTrace]) expect(served(trace)).toHaveLength(1);
  });

  it('have a span for a hit and for a question to the catalog', async () => {
    for (let time = 0; time < 3; time += 1) await send('/v1/registry-images?limit=7');
    await send('/v1/images?limit=3');
    await until(async () => {
      return served(ofTheConsumer(await spansOf())).length === 4;
    });
    const spans = await spansOf();
    expect(names(spans)).toContain('catalog question');
    for (const span of served(spans))
      expect(span.attributes).toMatchObject({ 'http.response.status_code': 200 });
  });

  it('hold no value of a path, a query, a header or a body', async () => {
    await send(proxyAgent.replace(/\?/, '?fileName=planted-query&'), { 'x-planted': 'planted-header' });
    const text = JSON.stringify((await spansOf()).map(plain));
    expect(text).toContain('GET /v1/images/:imageId');
    for (const value of ['planted', 'proxy-agent', '0b08c2b4', 'http://', 'test-read-key', 'EVAL', 'GET {'])
      expect(text).not.toContain(value);
  });

  it('say what failed by its kind, without its words', async () => {
    emulator.faults.schedule({ kind: 'status', status: 500, message: 'planted-words', times: 1_000 });
    const { status } = await send('/v1/registry-images?name=failing');
    expect(status).toBe(503);
    emulator.faults.clear();
    const spans = await spansOf();
    const failed = spans.filter((span) => span.status.code === SpanStatusCode.ERROR);
    expect(names(failed)).toEqual(
      expect.arrayContaining(['GET /v1/registry-images', 'HSS ListRegistryImages']),
    );
    expect(JSON.stringify(spans.map(plain))).not.toContain('planted');
  });

  it('give their id to the lines of the log', async () => {
    await send('/v1/registry-images?name=logged');
    const lines = () =>
      service
        .logText()
        .split('\n')
        .filter((line) => line.includes('"msg":"Answered"') && line.includes(traceId));
    await until(() => lines().length > 0);
  });
});

describe('the sending of traces', () => {
  it('reaches a real receiver of OTLP', async () => {
    const receiver = await startReceiver();
    const before = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url;
    const tracing = await startTracing(settings, 'one', systemClock);
    const emulator = await startEmulator({ rate: 'off' });
    const service = await startService({ emulator });
    await service.get('/v1/registry-images', { traceparent });
    await until(async () => {
      await tracing.flush();
      return receiver.texts.some((text) => text.includes('GET /v1/registry-images'));
    });
    const text = receiver.texts.join('\n');
    expect(text).toMatch(/^POST \/v1\/traces /);
    expect(text).toContain('"stringValue":"hss-bff"');
    expect(text).toContain(traceId);
    await service.close();
    await emulator.close();
    await tracing.end();
    receiver.server.closeAllConnections();
    receiver.server.close();
    if (before === undefined) delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  });
});

/** All that an exporter sends of a span. */
function plain({ name, attributes, events, status, links, resource }: ReadableSpan): object {
  return { name, attributes, events, status, links, resource: resource.attributes };
}
