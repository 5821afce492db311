// The export of the catalog: backpressure, consumers that stop reading, the limit of parallel exports, and the end of the
// service.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../emulator/emulator.js';
import type { ImageDocument } from '../../src/catalog/model/documents.js';
import { applyStep } from '../support/catalog.js';
import { registryRow } from '../support/catalog/documents.js';
import { readKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { aWhile, until } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const imageCount = 6_000;
const otherKey = 'other-consumer-key-0123';
const env = { API_KEYS: `reader=${readKey},other=${otherKey}` };

/** Images that exports have taken from the catalog. */
let taken = 0;
/** The service's ends of its connections. */
const ends = new Set<Socket>();

async function fill(service: TestService): Promise<void> {
  service.fastify().server.on('connection', (end: Socket) => {
    ends.add(end);
    end.once('close', () => ends.delete(end));
  });
  // Long names: the images are larger than the socket buffers of the machine.
  const images = Array.from({ length: imageCount }, (_, index): ImageDocument => {
    const digest = index.toString(16).padStart(64, '0');
    const row = registryRow({ digest: `sha256:${digest}`, name: `${'long-'.repeat(400)}${index}` });
    return {
      key: digest,
      serial: index + 1,
      appearedAt: 0,
      onHosts: [],
      entries: [{ rowKey: digest, readAt: 0, variantOf: null, row }],
    };
  });
  await applyStep(service, { images, readAt: 0 });
  const stream = service.catalog.stream.bind(service.catalog);
  service.catalog.stream = async (...asked) => {
    const batches = await stream(...asked);
    return (async function* () {
      for await (const batch of batches) {
        taken += batch.length;
        yield batch;
      }
    })();
  };
}

/** Requests an export and reads nothing before `resume`. */
async function open(
  { url }: TestService,
  { query = '', key = readKey, version = '1.1' } = {},
): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.pause();
  await once(socket, 'connect');
  socket.write(`GET /v1/catalog/export${query} HTTP/${version}\r\nHost: x\r\nX-API-Key: ${key}\r\n\r\n`);
  return socket;
}

/**
 * Waits until this many exports take no more images because all buffers on the way are full. The count must stay the
 * same in five looks, since a buffer may still be moved from one end of the connection to the other.
 */
async function stalled(exports = 1): Promise<number> {
  await until(() => [...ends].filter((end) => end.writableNeedDrain).length === exports);
  for (let before = -1, looks = 0; looks < 5; looks = before === taken && taken > 0 ? looks + 1 : 0) {
    before = taken;
    await aWhile(60);
  }
  return taken;
}

/** Reads to the end of the connection. @returns whether the last chunk of the answer came. */
async function isWhole(socket: Socket): Promise<boolean> {
  let end = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (end = (end + chunk).slice(-5)));
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
  return end === '0\r\n\r\n';
}

describe('an export', () => {
  const clock = new TestClock();
  const story = useEmulatedService({ clock, env, emulator: { registryImages: 5, localImages: 5 } });
  beforeAll(async () => {
    await fill(story.service);
  });

  beforeEach(() => {
    taken = 0;
  });

  const ask = () => story.service.get('/v1/catalog/export?limit=1');
  const one = (key = readKey) => story.service.get('/v1/catalog/export?name=nothing', { 'X-API-Key': key });

  it('reads the catalog as fast as its consumer, and ends with the connection', async () => {
    const socket = await open(story.service);
    const images = await stalled();
    expect(images).toBeLessThan(imageCount);
    socket.destroy();
    expect(await stalled(0)).toBe(images);
  });

  it('continues when its consumer reads on, and shows one state', async () => {
    const socket = await open(story.service);
    await stalled();
    await applyStep(story.service, {
      gone: [(imageCount - 1).toString(16).padStart(64, '0')],
      readAt: clock.now(),
    });
    let head = '';
    let tail = '';
    let found = 0;
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      if (head.length < 2_000) head += chunk;
      const seen = tail + chunk;
      found += seen.split('"appearedAt":').length - tail.split('"appearedAt":').length;
      tail = seen.slice(-20);
    });
    socket.resume();
    await until(() => tail.endsWith('0\r\n\r\n'));
    socket.destroy();
    expect(found).toBe(imageCount);
    expect(head).toContain(`x-catalog-total: ${imageCount}\r\n`);
    expect(taken).toBe(imageCount);
  });

  it('of one consumer is one of two at most, whatever other consumers do', async () => {
    const sockets = await Promise.all([open(story.service), open(story.service)]);
    await stalled(2);
    const refused = await one();
    expect([refused.status, refused.body.code]).toEqual([503, 'overloaded']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await one(otherKey)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await until(async () => (await one()).status === 200);
  });

  it('breaks off when its consumer stops reading, and makes room for other exports', async () => {
    const sockets = await Promise.all([open(story.service), open(story.service)]);
    await stalled(2);
    expect((await one()).status).toBe(503);
    clock.advance(31_000);
    await until(async () => (await one()).status === 200);
    for (const socket of sockets) expect(await isWhole(socket)).toBe(false);
  });

  it.each<[string, (socket: Socket) => unknown]>([
    ['a byte', (socket) => socket.read(1)],
    ['what came', (socket) => socket.read()],
  ])('of which %s is read every 29 s holds nobody up, and ends', async (_name, read) => {
    const sockets = await Promise.all([open(story.service), open(story.service)]);
    await stalled(2);
    const end = clock.now() + 15 * 60_000;
    while (sockets.some(({ closed }) => !closed) && clock.now() < end) {
      for (const socket of sockets) read(socket);
      expect((await one(otherKey)).status).toBe(200);
      expect((await story.service.get('/v1/images?limit=1')).status).toBe(200);
      clock.advance(29_000);
    }
    await until(async () => (await one()).status === 200);
    for (const socket of sockets) expect(await isWhole(socket)).toBe(false);
  });

  it('makes room at once when its consumer disconnects', async () => {
    for (let round = 0; round < 3; round += 1) {
      const sockets = await Promise.all([
        open(story.service, { query: '?format=csv' }),
        open(story.service, { query: '?format=csv' }),
      ]);
      await until(() => taken > 0);
      taken = 0;
      for (const socket of sockets) socket.destroy();
      await until(async () => (await one()).status === 200);
    }
  });

  it('refuses the parameter limit', async () => {
    expect((await ask()).body.errors[0].field).toBe('limit');
  });
});

describe('an export of a service that stops', () => {
  it('breaks off at the limit of the drain, and does not delay the stop', async () => {
    const clock = TestClock.still();
    const emulator = await startEmulator({ rate: 'off', clock, registryImages: 5, localImages: 5 });
    const service = await startService({ emulator, clock });
    await fill(service);
    taken = 0;
    const socket = await open(service);
    await stalled();
    const closed = service.close();
    await until(() => {
      clock.advance(1_000);
      return service.logText().includes('"why":"The service stops"');
    });
    await closed;
    expect(await isWhole(socket)).toBe(false);
    await emulator.close();
  });
});
