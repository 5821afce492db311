import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { startEmulator } from '../../../emulator/emulator.js';
import { EmulatorClient, expectBetween, signedHeaders, useEmulator, wholeSecond } from './emulator-client.js';

describe('every answer of the gateway', () => {
  const hss = useEmulator();

  it('carries its own request id and the time', async () => {
    const first = await hss.registry();
    const askedAt = wholeSecond(Date.now());
    const second = await hss.send('/nowhere');
    expect(first.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    expectBetween(askedAt, Date.parse(second.headers.date ?? ''), Date.now());
  });

  it('is compressed if it is large and the consumer accepts gzip', async () => {
    const plain = await hss.registry();
    const zipped = await hss.get(
      'registries/images',
      { limit: 200, enterprise_project_id: 'all_granted_eps' },
      { 'Accept-Encoding': 'gzip, deflate' },
    );
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.bytes).toString('utf8')).toBe(plain.text);
    expect(zipped.bytes.length).toBeLessThan(plain.bytes.length / 3);
  });

  it.each(['gzip;q=0', 'br', 'x-gzip2'])('is not compressed for Accept-Encoding %s', async (accept) => {
    const reply = await hss.get('registries/images', { limit: 100 }, { 'Accept-Encoding': accept });
    expect(reply.headers['content-encoding']).toBeUndefined();
  });

  it('is not compressed if it is small', async () => {
    const reply = await hss.get('registries/images', { limit: 1 }, { 'Accept-Encoding': 'gzip' });
    expect(reply.headers['content-encoding']).toBeUndefined();
  });

  it.each([
    ['GET', '/'],
    ['GET', '/v5/p'],
    ['GET', '/v5/p/image/registries'],
    ['GET', '/v5/p/image/local-repositories/x'],
    ['GET', '/v5/p/image//files'],
    ['GET', '/v5/p/image/a/b/files'],
    ['GET', '/v4/p/image/registries/images'],
    ['POST', '/v5/p/image/registries/images'],
    ['GET', '/v3/auth/tokens'],
  ])('is the gateway 404 for %s %s', async (method, path) => {
    const reply = await hss.send(path, { method });
    expect(reply.status).toBe(404);
    expect(reply.body).toEqual({
      error_msg: 'The API does not exist or has not been published in the environment',
      error_code: 'APIGW.0101',
      request_id: reply.headers['x-request-id'],
    });
  });

  it.each(['a%2Fb', '%2E%2E', '..', 'a%0Ab'])('refuses the image id %s before any signature', async (id) => {
    const path = `/v5/${hss.emulator.projectId}/image/${id}/files`;
    const { ak } = hss.emulator.credentials;
    const wrong = `SDK-HMAC-SHA256 Access=${ak}, SignedHeaders=x-sdk-date, Signature=${'0'.repeat(64)}`;
    // Five failures in a row would lock the key.
    for (let call = 0; call < 6; call += 1) {
      const reply = await hss.send(path, { headers: { authorization: wrong } });
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ error_code: 'HSS.0001' });
    }
    const listPath = `/v5/${hss.emulator.projectId}/image/registries/images`;
    const headers = signedHeaders(hss.emulator, hss.emulator.credentials, listPath);
    expect((await hss.send(listPath, { headers })).status).toBe(200);
  });

  it('keeps idle connections for 72 seconds', async () => {
    expect((await hss.registry()).headers['keep-alive']).toBeUndefined();
    const agent = new Agent({ keepAlive: true });
    const answer = await new Promise<IncomingMessage>((resolve) => {
      get(`${hss.emulator.url}/nowhere`, { agent }, resolve);
    });
    agent.destroy();
    expect(answer.headers['keep-alive']).toBe('timeout=72');
  });

  it('refuses a request body that is too large', async () => {
    const reply = await hss.send('/v3/auth/tokens', { method: 'POST', body: 'x'.repeat(1_100_000) });
    expect(reply.status).toBe(413);
    expect(reply.body).toMatchObject({ error_code: 'APIGW.0201' });
  });
});

describe('starting and stopping', () => {
  let hss: EmulatorClient;

  const start = async () => {
    hss = new EmulatorClient({ rate: 'off', registryImages: 5, localImages: 5 });
    await hss.start();
  };

  afterEach(() => hss.emulator.close());

  it('restarts on the same port with all its data', async () => {
    await start();
    const { port, url } = hss.emulator;
    const token = hss.emulator.issueToken();
    await hss.registry();
    await hss.emulator.stop();
    await expect(hss.registry()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await hss.emulator.restart();
    expect(hss.emulator.port).toBe(port);
    expect(hss.emulator.url).toBe(url);
    expect((await hss.get('registries/images', {}, { 'X-Auth-Token': token })).status).toBe(200);
    expect(hss.emulator.journal.entries).toHaveLength(2);
  });

  it('ends hanging and waiting calls when it stops', async () => {
    await start();
    hss.emulator.faults.schedule({ api: 'ListImageLocal', kind: 'hang' });
    hss.emulator.faults.schedule({ api: 'ListRegistryImages', kind: 'latency', ms: 600_000 });
    const calls = [hss.local(), hss.registry()];
    const ends = Promise.allSettled(calls);
    await hss.emulator.journal.arrivals(2);
    await hss.emulator.close();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const outcomes = hss.emulator.journal.entries.map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(['emulator-stopped', 'hang']);
  });

  it('can be closed twice', async () => {
    await start();
    await hss.emulator.close();
    await hss.emulator.close();
  });

  it('fails to start on a taken port', async () => {
    await start();
    await expect(startEmulator({ port: hss.emulator.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('refuses a set of users without a permanent key', async () => {
    await start();
    await expect(startEmulator({ users: [] })).rejects.toThrow('At least one user');
    await expect(startEmulator({ users: [{ name: 'x', password: 'y', keys: [] }] })).rejects.toThrow(
      'needs an access key',
    );
  });
});
