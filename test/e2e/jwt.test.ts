// JWTs of an issuer: which are let in, and what happens when the issuer's keys change or are away.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { entry, fileOf, MountedFile } from '../support/consumers.js';
import { expectProblem } from '../support/expect-problem.js';
import { readKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { openTunnelProxy } from '../support/tunnel-proxy.js';
import { until } from '../support/until.js';

const list = '/v1/registry-images?limit=1';
const [issuer, audience] = ['https://issuer.example', 'hss-bff'];

interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  jwk: JWK;
}

async function newKey(kid: string, alg: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

describe('a JWT', () => {
  let keys: Record<string, SigningKey>;
  let clock: TestClock;
  let emulator: Emulator;
  let service: TestService;
  let file: MountedFile;
  let server: Server;
  let published: JWK[];
  let isAway: boolean;
  let reads: number;
  let settings: Record<string, string>;

  beforeAll(async () => {
    const made = ['RS256', 'PS256', 'ES256', 'EdDSA', 'ES384', 'RS512'].map((alg) => newKey(alg, alg));
    keys = Object.fromEntries((await Promise.all(made)).map((key) => [key.kid, key]));
  });

  beforeEach(async () => {
    clock = TestClock.still();
    [isAway, reads] = [false, 0];
    published = Object.values(keys).map(({ jwk }) => jwk);
    server = createServer((_request, response) => {
      reads += 1;
      if (isAway) response.writeHead(503).end();
      else response.end(JSON.stringify({ keys: published }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    emulator = await startEmulator({ rate: 'off', clock });
    file = new MountedFile(
      fileOf(
        entry('dashboard', { jwt: ['svc-dashboard'], scopes: ['read'] }),
        entry('exporter', { jwt: ['svc-exporter'], scopes: ['export'] }),
      ),
    );
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    settings = {
      CONSUMERS_FILE: file.path,
      JWT_ISSUER: issuer,
      JWT_AUDIENCE: audience,
      JWT_JWKS_URL: url,
    };
    service = await startService({ emulator, clock, env: settings });
  });

  afterEach(async () => {
    await service.close();
    await emulator.close();
    file.close();
    server.closeAllConnections();
    server.close();
  });

  const seconds = () => Math.floor(clock.now() / 1000);
  const token = (claims: Record<string, unknown> = {}, kid = 'ES256', key = keys[kid]!) =>
    new SignJWT({ iss: issuer, aud: audience, sub: 'svc-dashboard', exp: seconds() + 3_600, ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .sign(key.privateKey);
  const ask = (jwt: string, path = list, more: Record<string, string> = {}) =>
    service.request(path, { headers: { Authorization: `Bearer ${jwt}`, ...more } });
  const statusOf = async (jwt: string) => (await ask(jwt)).status;

  it('acts as the consumer with its subject, on the hot path too', async () => {
    const jwt = await token();
    for (let round = 0; round < 4; round += 1) expect(await statusOf(jwt)).toBe(200);
    expect((await ask(await token({ sub: 'svc-exporter' }))).status).toBe(403);
    const { body } = await ask(jwt, '/v1/me');
    expect(body).toMatchObject({ consumer: 'dashboard', scopes: ['read'] });
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(clock.now());
    expect([reads, service.logText().includes(jwt)]).toEqual([1, false]);
  });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('is let in with %s', async (alg) =>
    expect(await statusOf(await token({}, alg))).toBe(200),
  );

  it.each([
    ['another algorithm', () => token({}, 'ES384')],
    ['a longer hash', () => token({}, 'RS512')],
    ['another issuer', () => token({ iss: 'https://other.example' })],
    ['another audience', () => token({ aud: 'other' })],
    ['no audience', () => token({ aud: undefined })],
    ['no end', () => token({ exp: undefined })],
    ['an end that is over', () => token({ exp: seconds() - 31 })],
    ['a beginning that is to come', () => token({ nbf: seconds() + 31 })],
    ['an unknown subject', () => token({ sub: 'svc-other' })],
    ['no subject', () => token({ sub: undefined })],
    ['the id of a consumer as subject', () => token({ sub: 'dashboard' })],
    [
      'a changed payload',
      async () => (await token()).replace(/\.(.)/, (_all, c) => `.${c === 'e' ? 'f' : 'e'}`),
    ],
    ['no signature', () => Promise.resolve(new UnsecuredJWT({ sub: 'svc-dashboard' }).encode())],
    [
      'a signature with the public key as secret',
      () =>
        new SignJWT({ iss: issuer, aud: audience, sub: 'svc-dashboard', exp: seconds() + 60 })
          .setProtectedHeader({ alg: 'HS256', kid: 'ES256' })
          .sign(Buffer.from(JSON.stringify(keys['ES256']!.jwk))),
    ],
  ])('is refused with %s', async (_what, make) => {
    expectProblem(await ask(await make()), { status: 401, code: 'unauthenticated' });
    expect(emulator.journal.calls()).toEqual([]);
  });

  it('ends when its time is over, though it was verified before', async () => {
    const jwt = await token({ exp: seconds() + 60 });
    expect(await statusOf(jwt)).toBe(200);
    clock.advance(89_000);
    expect(await statusOf(jwt)).toBe(200);
    clock.advance(2_000);
    expect(await statusOf(jwt)).toBe(401);
  });

  it('has its keys read through HTTPS_PROXY, except from hosts of NO_PROXY', async () => {
    const proxy = await openTunnelProxy((server.address() as AddressInfo).port);
    const through = async (more: Record<string, string>) => {
      const env = {
        ...settings,
        JWT_JWKS_URL: 'https://issuer.invalid/jwks',
        HTTPS_PROXY: proxy.url,
        ...more,
      };
      const other = await startService({ emulator, clock, env });
      const answer = await other.request(list, { headers: { Authorization: `Bearer ${await token()}` } });
      await other.close();
      // The end of the tunnel has no certificate.
      expectProblem(answer, { status: 503, code: 'overloaded' });
    };
    await through({ NO_PROXY: '.invalid' });
    expect(proxy.asked).toHaveLength(0);
    await through({});
    expect(proxy.asked.map(({ url }) => url)).toEqual(['issuer.invalid:443']);
    proxy.close();
  });

  it('counts only without X-API-Key', async () => {
    expect((await ask(await token(), list, { 'X-API-Key': 'wrong' })).status).toBe(401);
    expect((await ask('a.b.c', list, { 'X-API-Key': readKey })).status).toBe(200);
    expect((await service.get(list, { 'X-API-Key': await token() })).status).toBe(401);
  });

  it('is refused once its subject is gone from the file', async () => {
    const jwt = await token();
    expect(await statusOf(jwt)).toBe(200);
    file.write(fileOf());
    clock.advance(15_000);
    await until(async () => (await statusOf(jwt)) === 401);
  });

  describe('whose key is not known', () => {
    it('has the keys read again, once in 30 s at most', async () => {
      const fresh = await newKey('fresh', 'ES256');
      expect(await statusOf(await token())).toBe(200);
      const jwt = await token({}, 'fresh', fresh);
      clock.advance(30_000);
      for (let round = 0; round < 5; round += 1) expect(await statusOf(jwt)).toBe(401);
      expect(reads).toBe(2);
      published.push(fresh.jwk);
      clock.advance(30_000);
      expect(await statusOf(jwt)).toBe(200);
      expect(reads).toBe(3);
    });

    it('is a 503 while no keys are read; known keys last a day', async () => {
      expect(await statusOf(await token())).toBe(200);
      isAway = true;
      const fresh = await newKey('fresh', 'ES256');
      clock.advance(30_000);
      for (let round = 0; round < 3; round += 1) {
        const answer = await ask(await token({}, 'fresh', fresh));
        expectProblem(answer, { status: 503, code: 'overloaded' });
        expect(answer.headers.get('retry-after')).toBe('30');
      }
      expect(reads).toBe(2);
      clock.advance(23 * 3_600_000);
      expect(await statusOf(await token())).toBe(200);
      clock.advance(3_600_000);
      expectProblem(await ask(await token()), { status: 503, code: 'overloaded' });
      isAway = false;
      clock.advance(30_000);
      expect(await statusOf(await token())).toBe(200);
    });
  });
});
