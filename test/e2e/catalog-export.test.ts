// The export of the catalog: backpressure, consumers that stop reading, and the limit of parallel exports.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ImageDocument } from '../../src/catalog/model/documents.js';
import { applyStep } from '../support/catalog.js';
import { registryRow } from '../support/catalog/documents.js';
import { readKey } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const imageCount = 6_000;

describe('an export', () => {
  const clock = new TestClock();
  const story = useEmulatedService({ clock, emulator: { registryImages: 5, localImages: 5 } });
  /** Images that exports have taken from the catalog. */
  let taken = 0;

  beforeAll(async () => {
    const { service } = story;
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
    await applyStep(service, { images, readAt: clock.now() });
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
  });

  beforeEach(() => {
    taken = 0;
  });

  /** Requests an export and reads nothing before `resume`. */
  async function open(query = ''): Promise<Socket> {
    const { hostname, port } = new URL(story.service.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.pause();
    await once(socket, 'connect');
    socket.write(`GET /v1/catalog/export${query} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${readKey}\r\n\r\n`);
    return socket;
  }

  /**
   * Waits until exports take no more images because all buffers on the way are full. The count must stay the same in five
   * looks: a single look can come right after the machine stood still.
   */
  async function stalled(): Promise<number> {
    for (let before = -1, looks = 0; looks < 5; looks = before === taken && taken > 0 ? looks + 1 : 0) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    return taken;
  }

  const ask = () => story.service.get('/v1/catalog/export?limit=1');
  const one = () => story.service.get(`/v1/catalog/export?name=nothing`);

  it('reads the catalog as fast as its consumer, and ends with the connection', async () => {
    const socket = await open();
    const images = await stalled();
    expect(images).toBeLessThan(imageCount);
    socket.destroy();
    expect(await stalled()).toBe(images);
  });

  it('continues when its consumer reads on, and shows one state', async () => {
    const socket = await open();
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

  it('ends when its consumer stops reading, and makes room for other exports', async () => {
    const sockets = await Promise.all(Array.from({ length: 8 }, () => open()));
    await stalled();
    const refused = await one();
    expect([refused.status, refused.body.code]).toEqual([503, 'overloaded']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    clock.advance(31_000);
    await until(async () => (await one()).status === 200);
    // The answer is incomplete: the last chunk is missing.
    const [first] = sockets;
    let end = '';
    first!.setEncoding('latin1').on('data', (chunk: string) => (end = chunk.slice(-5)));
    first!.resume();
    await once(first!, 'close');
    expect(end).not.toBe('0\r\n\r\n');
    for (const socket of sockets) socket.destroy();
  });

  it('makes room at once when its consumer disconnects', async () => {
    for (let round = 0; round < 3; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 8 }, () => open('?format=csv')));
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
