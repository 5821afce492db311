// The form of bodies: content codings, media types and charsets, of answers and of requests.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { gunzipSync, gzipSync } from 'node:zlib';
import { applyStep } from '../support/catalog.js';
import { expectProblem } from '../support/expect-problem.js';
import { rawExchange, rawRequest, type RawAnswer } from '../support/raw-http.js';
import { adminKey, readKey } from '../support/service.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

describe('content negotiation', () => {
  const edge = useEmulatedService();

  const raw = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    rawRequest(edge.service.url, path, { method, headers: { 'X-API-Key': readKey, ...headers } });
  const post = (headers: Record<string, string>, body: string | Buffer) =>
    rawRequest(edge.service.url, '/v1/images/batch-get', {
      method: 'POST',
      headers: {
        'X-API-Key': readKey,
        'Content-Type': 'application/json',
        'Content-Length': String(Buffer.byteLength(body)),
        ...headers,
      },
      body,
    });

  describe('of an answer over 1 KB', () => {
    const path = '/v1/registry-images?limit=20';
    const gzip = { 'Accept-Encoding': 'gzip' };

    it('packs a miss, a hit and a stored answer alike', async () => {
      const plain = await raw(path);
      expect(plain.headers['content-encoding']).toBeUndefined();
      const packed: RawAnswer[] = [];
      for (let turn = 0; turn < 3; turn += 1) packed.push(await raw(path, gzip));
      await edge.service.purge();
      packed.push(await raw(path, gzip));
      for (const { headers, bytes, text } of packed) {
        expect(headers['content-encoding']).toBe('gzip');
        expect(headers['content-length']).toBe(String(bytes.length));
        expect(headers['vary']).toBe('Authorization, X-API-Key, Prefer, Accept-Encoding');
        expect(headers['etag']).toBe(plain.headers['etag']);
        expect(bytes.length).toBeLessThan(plain.bytes.length / 2);
        expect(JSON.parse(text).items).toEqual(plain.body.items);
      }
    });

    it.each(['gzip;q=0', 'br', 'identity', 'gzip;q=0, *', 'gzip;q=0.1, identity'])(
      'does not pack for Accept-Encoding: %s',
      async (accepted) => {
        for (let turn = 0; turn < 3; turn += 1) {
          const { status, headers } = await raw(path, { 'Accept-Encoding': accepted });
          expect([status, headers['content-encoding']]).toEqual([200, undefined]);
        }
      },
    );

    it('has the headers of GET in an answer to HEAD', async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        const [get, head] = [await raw(path, gzip), await raw(path, gzip, 'HEAD')];
        for (const name of ['content-encoding', 'content-length', 'etag', 'vary', 'link'])
          expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
        expect(head.bytes).toHaveLength(0);
      }
    });

    it.each(['"E-gzip"', 'W/"E-gzip"', 'W/"E"', '"E"'])(
      'is a 304 to the tag of a proxy: %s',
      async (form) => {
        const { headers } = await raw(path);
        const opaque = headers.etag!.replace(/^W\/"|"$/g, '');
        const again = await raw(path, { ...gzip, 'If-None-Match': form.replace('E', opaque) });
        expect([again.status, again.bytes.length]).toEqual([304, 0]);
      },
    );

    it('is packed on routes without an ETag as well', async () => {
      const answers = [
        await raw('/v1/admin/cache', { ...gzip, 'X-API-Key': adminKey }),
        await post(gzip, JSON.stringify({ refs: Array.from({ length: 30 }, (_, at) => `a/b:${at}`) })),
        await raw('/openapi.json', gzip),
      ];
      for (const { status, headers, bytes } of answers) {
        expect(status).toBe(200);
        const isLong = Number(headers['content-length']) > 1_024 || headers['content-encoding'] === 'gzip';
        expect([isLong, headers['content-encoding']]).toEqual([isLong, isLong ? 'gzip' : undefined]);
        if (isLong) expect(gunzipSync(bytes).length).toBeGreaterThan(1_024);
        expect(headers['vary']).toMatch(/accept-encoding/i);
      }
    });
  });

  it('leaves short answers as they are', async () => {
    const { headers } = await raw('/v1/registry-images?name=none', { 'Accept-Encoding': 'gzip' });
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers['vary']).toMatch(/Accept-Encoding/);
  });

  it.each<[string, Record<string, string>]>([
    ['/v1/registry-images', { Accept: 'text/html' }],
    ['/v1/registry-images', { Accept: 'application/json;q=0' }],
    ['/v1/registry-images', { 'Accept-Encoding': 'identity;q=0, gzip;q=0' }],
    ['/v1/images/x?type=cicd', { Accept: 'text/csv' }],
    ['/v1/catalog/export', { Accept: 'application/json' }],
    ['/v1/catalog/status', { Accept: 'image/png' }],
    ['/', { Accept: 'image/png' }],
    ['/openapi.json', { 'Accept-Encoding': '*;q=0' }],
    ['/docs', { 'Accept-Encoding': 'identity;q=0' }],
  ])('refuses %s where nothing fits %j', async (path, headers) => {
    const answer = await raw(path, headers);
    expectProblem(answer, { status: 406, code: 'not-acceptable' });
    expect(edge.emulator.journal.calls()).toEqual([]);
  });

  describe('of the media type', () => {
    beforeAll(() => applyStep(edge.service, { images: [], readAt: 0 }));

    it.each([
      ['/v1/registry-images', 'application/json; charset=utf8', 'application/json; charset=utf-8'],
      ['/v1/catalog/export', 'application/x-ndjson; charset="UTF-8"', 'application/x-ndjson'],
      ['/v1/registry-images', 'application/json; indent=4', 'application/json; charset=utf-8'],
      [
        '/v1/catalog/export',
        'text/csv; header="a, b"; q=1, application/x-ndjson;q=0.5',
        'text/csv; charset=utf-8; header=present',
      ],
      ['/metrics', 'text/plain;version=0.0.4', 'text/plain; version=0.0.4; charset=utf-8'],
      ['/metrics', 'text/plain; charset=utf-8;q=0.5', 'text/plain; version=0.0.4; charset=utf-8'],
      ['/', 'text/html;q=0.1, application/json', 'application/json; charset=utf-8'],
      ['/', 'application/json;q=0.5, text/html', 'text/html; charset=utf-8'],
      ['/', '*/*', 'application/json; charset=utf-8'],
      ['/health', 'text/plain', 'application/json; charset=utf-8'],
    ])('answers %s to Accept: %s', async (path, accepted, type) => {
      const { status, headers } = await raw(path, { Accept: accepted, 'X-API-Key': adminKey });
      expect([status, headers['content-type']]).toEqual([200, type]);
    });
  });

  it('refuses a stranger before it looks at the form', async () => {
    const answer = await rawRequest(edge.service.url, '/v1/registry-images', {
      headers: { Accept: 'text/html' },
    });
    expectProblem(answer, { status: 401, code: 'unauthenticated' });
  });

  describe('of a request', () => {
    const body = JSON.stringify({ refs: ['team/größe:1'] });

    it.each<[string, Record<string, string>, string | Buffer]>([
      ['gzip', { 'Content-Encoding': 'gzip' }, gzipSync(body)],
      ['deflate', { 'Content-Encoding': 'deflate' }, body],
      ['gzip twice', { 'Content-Encoding': 'gzip, gzip' }, gzipSync(gzipSync(body))],
      ['latin1', { 'Content-Type': 'application/json; charset=iso-8859-1' }, Buffer.from(body, 'latin1')],
      ['latin1 after UTF-8', { 'Content-Type': 'application/json;charset=utf-8;charset=latin1' }, body],
      ['UTF-16', { 'Content-Type': 'application/json;charset="utf-16"' }, Buffer.from(body, 'utf16le')],
    ])('refuses a body in %s', async (_name, headers, bytes) => {
      expectProblem(await post(headers, bytes), { status: 415, code: 'unsupported-media-type' });
    });

    it('refuses a body with a transfer coding beside chunked', async () => {
      const text =
        `POST /v1/images/batch-get HTTP/1.1\r\nHost: x\r\nX-API-Key: ${readKey}\r\n` +
        'Content-Type: application/json\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n';
      const answer = await rawExchange(edge.service.url, text);
      expectProblem(answer, { status: 415, code: 'unsupported-media-type' });
    });

    it.each([
      ['latin1 that says nothing', Buffer.from(body, 'latin1')],
      ['a cut character', Buffer.from('{"refs":["\u00fc"]}').subarray(0, 11)],
      [
        'an overlong form',
        Buffer.concat([Buffer.from('{"refs":["'), Buffer.from([0xc0, 0xaf]), Buffer.from('"]}')]),
      ],
      [
        'half a surrogate pair',
        Buffer.concat([Buffer.from('{"refs":["'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"]}')]),
      ],
    ])('refuses invalid UTF-8: %s', async (_name, bytes) => {
      const answer = await post({}, bytes);
      expectProblem(answer, { status: 400, code: 'invalid-request', fields: ['body'] });
    });

    it.each<Record<string, string>>([
      {},
      { 'Content-Type': 'application/json; charset=UTF-8' },
      { 'Content-Type': 'application/json;charset="utf-8"' },
      { 'Content-Encoding': 'identity' },
    ])('reads a body with %j', async (headers) => {
      const answer = await post(headers, body);
      expect([answer.status, answer.body.items[0].ref]).toEqual([200, 'team/größe:1']);
    });

    it('reads a body with a byte order mark', async () => {
      expect((await post({}, Buffer.from(`\ufeff${body}`))).status).toBe(200);
    });
  });
});
