import { beforeEach, describe, expect, it } from '@jest/globals';
import { canonicalRequest, signatureOf } from '../../../emulator/identity/signature.js';
import {
  expectBetween,
  signedHeaders,
  useEmulator,
  wholeSecond,
  type SigningKey,
} from './emulator-client.js';

describe('authentication by the emulator', () => {
  const minuteMs = 60_000;

  const hss = useEmulator({ registryImages: 5, localImages: 5 });
  const listPath = () => `/v5/${hss.emulator.projectId}/image/registries/images`;
  const callSigned = (key: SigningKey, atMs = Date.now()) =>
    hss.send(listPath(), {
      query: { limit: 1 },
      headers: signedHeaders(hss.emulator, key, listPath(), 'limit=1', atMs),
    });

  beforeEach(() => {
    // Six minutes are longer than any lock left by the previous test.
    hss.emulator.clock.advance(6 * minuteMs);
  });

  describe('authentication by token', () => {
    it('answers a valid token', async () => {
      expect((await hss.get('registries/images')).status).toBe(200);
    });

    it('refuses a request without credentials', async () => {
      const reply = await hss.send('registries/images');
      expect(reply.status).toBe(401);
      expect(reply.body).toMatchObject({ error_code: 'APIGW.0301' });
      expect(reply.body).toHaveProperty('request_id', reply.headers['x-request-id']);
    });

    it('refuses an unknown token', async () => {
      const reply = await hss.get('registries/images', {}, { 'X-Auth-Token': 'made-up' });
      expect(reply.status).toBe(401);
      expect(reply.body).toMatchObject({ error_code: 'APIGW.0301' });
    });

    it('refuses an expired token with APIGW.0307', async () => {
      const token = hss.emulator.issueToken({ lifeMs: 1000 });
      expect((await hss.get('registries/images', {}, { 'X-Auth-Token': token })).status).toBe(200);
      hss.emulator.clock.advance(1000);
      const reply = await hss.get('registries/images', {}, { 'X-Auth-Token': token });
      expect(reply.status).toBe(401);
      expect(reply.body).toMatchObject({ error_code: 'APIGW.0307' });
    });

    it('refuses a revoked token', async () => {
      const token = hss.emulator.issueToken();
      hss.emulator.revokeTokens();
      expect((await hss.get('registries/images', {}, { 'X-Auth-Token': token })).status).toBe(401);
    });
  });

  describe('authentication by signature', () => {
    it('answers a signed request', async () => {
      const reply = await callSigned(hss.emulator.credentials);
      expect(reply.status).toBe(200);
      expect(reply.rows).toHaveLength(1);
    });

    it('quotes the access key and the canonical request after a wrong signature', async () => {
      const { ak } = hss.emulator.credentials;
      const reply = await callSigned({ ak, sk: 'wrong' });
      expect(reply.status).toBe(401);
      expect(reply.body).toMatchObject({ error_code: 'APIGW.0301' });
      expect(reply.text).toContain(ak);
      expect(reply.text).toContain(`canonicalRequest:GET|${listPath()}/|limit=1|`);
    });

    it.each(['query', 'path', 'header'])(
      'refuses a request whose %s was changed after signing',
      async (part) => {
        const headers = signedHeaders(hss.emulator, hss.emulator.credentials, listPath(), 'limit=1');
        const path =
          part === 'path' ? listPath().replace('registries/images', 'local-repositories') : listPath();
        const reply = await hss.send(path, {
          query: { limit: part === 'query' ? 2 : 1 },
          headers: part === 'header' ? { ...headers, 'x-project-id': 'other' } : headers,
        });
        expect(reply.status).toBe(401);
      },
    );

    it('refuses an unknown access key', async () => {
      const reply = await callSigned({ ak: 'AKUNKNOWN', sk: 'x' });
      expect(reply.status).toBe(401);
      expect(reply.text).toContain('AKUNKNOWN');
    });

    it.each([-16, 16])('refuses a signature that is %d minutes off', async (minutes) => {
      const reply = await callSigned(hss.emulator.credentials, Date.now() + minutes * minuteMs);
      expect(reply.status).toBe(401);
      expect(reply.text).toContain('signature expired');
    });

    it.each([-14, 14])('answers a signature that is %d minutes off', async (minutes) => {
      const reply = await callSigned(hss.emulator.credentials, Date.now() + minutes * minuteMs);
      expect(reply.status).toBe(200);
    });

    it('refuses a request without a date', async () => {
      const headers = signedHeaders(hss.emulator, hss.emulator.credentials, listPath());
      const undated = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'x-sdk-date'));
      expect((await hss.send(listPath(), { headers: undated })).status).toBe(401);
    });

    it('refuses a correct signature that does not cover its date', async () => {
      const { ak, sk } = hss.emulator.credentials;
      const headers = signedHeaders(hss.emulator, { ak, sk }, listPath());
      const request = { method: 'GET', path: listPath(), pairs: [], body: Buffer.alloc(0) };
      const canonical = canonicalRequest({ ...request, header: (name) => headers[name] }, ['host']);
      const signature = signatureOf(canonical, headers['x-sdk-date'] ?? '', sk);
      const authorization = `SDK-HMAC-SHA256 Access=${ak}, SignedHeaders=host, Signature=${signature}`;
      const reply = await hss.send(listPath(), { headers: { ...headers, authorization } });
      expect(reply.status).toBe(401);
      expect(reply.text).toContain('x-sdk-date');
    });

    it('refuses an unreadable authorization', async () => {
      const reply = await hss.send(listPath(), { headers: { authorization: 'Bearer abc' } });
      expect(reply.status).toBe(401);
    });

    it('answers a temporary key only with its own security token', async () => {
      const temporary = hss.emulator.credentials.temporary;
      if (temporary === undefined) throw new Error('The default user has a temporary key');
      const { ak, sk } = temporary;
      expect((await callSigned(temporary)).status).toBe(200);
      expect((await callSigned({ ak, sk })).status).toBe(401);
      expect((await callSigned({ ak, sk, securityToken: 'other' })).status).toBe(401);
    });

    it('refuses the old keys after a rotation and answers the new ones', async () => {
      const old = hss.emulator.credentials;
      const rotated = hss.emulator.rotateKeys();
      expect(rotated.ak).not.toBe(old.ak);
      expect((await callSigned(old)).status).toBe(401);
      expect((await callSigned(rotated)).status).toBe(200);
    });
  });

  describe('a service host whose clock is off', () => {
    it('shifts the Date header and the signature window together', async () => {
      const { clock, credentials } = hss.emulator;
      clock.dateSkewMs = 30 * minuteMs;
      const askedAt = wholeSecond(Date.now());
      const refused = await callSigned(credentials);
      const shown = Date.parse(refused.headers.date ?? '');
      expect(refused.status).toBe(401);
      expectBetween(askedAt, shown - 30 * minuteMs, Date.now());
      expect((await callSigned(credentials, shown)).status).toBe(200);
      clock.dateSkewMs = 0;
    });

    it('keeps real time for signatures unless they follow the moved clock', async () => {
      const { clock, credentials } = hss.emulator;
      clock.advance(24 * 60 * minuteMs);
      expect((await callSigned(credentials)).status).toBe(200);
      clock.signatureFollows = true;
      expect((await callSigned(credentials)).status).toBe(401);
      const askedAt = wholeSecond(clock.now());
      const followed = await callSigned(credentials, clock.now());
      expect(followed.status).toBe(200);
      expectBetween(askedAt, Date.parse(followed.headers.date ?? ''), clock.now());
      clock.signatureFollows = false;
    });
  });

  describe('the lock of an access key', () => {
    const fail = async (times: number) => {
      for (let time = 0; time < times; time += 1)
        await callSigned({ ...hss.emulator.credentials, sk: 'wrong' });
    };

    it('refuses correct signatures for five minutes after five failures in a row', async () => {
      const { clock, credentials } = hss.emulator;
      await fail(5);
      const locked = await callSigned(credentials);
      expect(locked.status).toBe(401);
      expect(locked.body).toMatchObject({ error_code: 'APIGW.0301' });
      expect(locked.text).toContain('locked');
      clock.advance(5 * minuteMs - 5000);
      expect((await callSigned(credentials)).status).toBe(401);
      clock.advance(5000);
      expect((await callSigned(credentials)).status).toBe(200);
    });

    it('resets its count after a success', async () => {
      await fail(4);
      expect((await callSigned(hss.emulator.credentials)).status).toBe(200);
      await fail(4);
      expect((await callSigned(hss.emulator.credentials)).status).toBe(200);
    });

    it('does not affect other keys and tokens', async () => {
      await fail(5);
      const { temporary } = hss.emulator.credentials;
      expect((await callSigned(temporary ?? hss.emulator.credentials)).status).toBe(200);
      expect((await hss.get('registries/images')).status).toBe(200);
    });
  });

  describe('the project of a request', () => {
    it('refuses another project in the path', async () => {
      const reply = await hss.get('/v5/another-project/image/registries/images');
      expect(reply.status).toBe(403);
      expect(reply.body).toMatchObject({ error_code: 'APIGW.0302' });
    });

    it('refuses another project in X-Project-Id', async () => {
      const reply = await hss.get('registries/images', {}, { 'X-Project-Id': 'another-project' });
      expect(reply.status).toBe(403);
    });
  });
});
