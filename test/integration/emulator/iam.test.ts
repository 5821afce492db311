import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectBetween, useEmulator } from './emulator-client.js';

describe('the emulator as IAM', () => {
  const dayMs = 24 * 3_600_000;
  const hss = useEmulator({ registryImages: 2, localImages: 2, tokenLength: 20_000 });

  interface LoginOptions {
    readonly password?: string;
    readonly user?: string;
    readonly scope?: object;
    readonly methods?: readonly string[];
  }

  function login({ password, user, scope, methods = ['password'] }: LoginOptions = {}) {
    const { credentials, region } = hss.emulator;
    const identity = {
      methods,
      password: {
        user: {
          domain: { name: credentials.domain },
          name: user ?? credentials.user,
          password: password ?? credentials.password,
        },
      },
    };
    return hss.send('/v3/auth/tokens', {
      method: 'POST',
      query: { nocatalog: true },
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ auth: { identity, scope: scope ?? { project: { name: region } } } }),
    });
  }

  beforeEach(() => {
    hss.emulator.clock.advance(16 * 60_000);
  });

  describe('CreateToken', () => {
    it('gives a valid token, longer than the header limit of most servers', async () => {
      const reply = await login();
      const token = String(reply.headers['x-subject-token']);
      expect(reply.status).toBe(201);
      expect(token).toHaveLength(20_000);
      expect((await hss.get('registries/images', {}, { 'X-Auth-Token': token })).status).toBe(200);
    });

    it('states issue and expiry in microseconds, 24 hours apart', async () => {
      const { clock } = hss.emulator;
      const askedAt = clock.now();
      const reply = await login();
      const token = reply.body['token'] as Record<string, string>;
      expect(token['expires_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      const issuedAtMs = Date.parse(token['issued_at'] ?? '');
      expect(Date.parse(token['expires_at'] ?? '') - issuedAtMs).toBe(dayMs);
      expectBetween(askedAt, issuedAtMs, clock.now());
      expect(token).toMatchObject({ methods: ['password'], project: { id: hss.emulator.projectId } });
    });

    it('accepts the project by id too', async () => {
      expect((await login({ scope: { project: { id: hss.emulator.projectId } } })).status).toBe(201);
    });

    it('keeps an older token valid after issuing a new token', async () => {
      const first = String((await login()).headers['x-subject-token']);
      await login();
      expect((await hss.get('registries/images', {}, { 'X-Auth-Token': first })).status).toBe(200);
    });

    it('issues tokens with a configured life', async () => {
      hss.emulator.setTokenLife(5000);
      const token = String((await login()).headers['x-subject-token']);
      hss.emulator.setTokenLife(dayMs);
      hss.emulator.clock.advance(5000);
      const reply = await hss.get('registries/images', {}, { 'X-Auth-Token': token });
      expect(reply.body).toMatchObject({ error_code: 'APIGW.0307' });
    });

    it.each([{ password: 'wrong' }, { user: 'nobody' }])(
      'refuses %o in the shape of IAM',
      async (options) => {
        const reply = await login(options);
        expect(reply.status).toBe(401);
        expect(reply.body).toEqual({
          error: { code: 401, message: 'The username or password is wrong.', title: 'Unauthorized' },
        });
      },
    );

    it('locks the account after five wrong passwords', async () => {
      for (let time = 0; time < 5; time += 1) await login({ password: 'wrong' });
      const locked = await login();
      expect(locked.status).toBe(401);
      expect(locked.text).toContain('locked');
      hss.emulator.clock.advance(15 * 60_000);
      expect((await login()).status).toBe(201);
    });

    it('refuses a request without a project scope', async () => {
      const reply = await login({ scope: { domain: { name: 'x' } } });
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ error: { code: 400, title: 'Bad Request' } });
    });

    it('refuses the scope of another project', async () => {
      expect((await login({ scope: { project: { name: 'elsewhere-1' } } })).status).toBe(403);
    });

    it('refuses other methods than the password', async () => {
      expect((await login({ methods: ['token'] })).status).toBe(400);
    });

    it.each(['not json', '{}', '{"auth":{"identity":{"methods":["password"]}}}'])(
      'refuses the body %s',
      async (body) => {
        const reply = await hss.send('/v3/auth/tokens', { method: 'POST', body });
        expect(reply.status).toBe(400);
      },
    );

    it('is throttled by a fault with IAM.0012', async () => {
      hss.emulator.faults.schedule({ api: 'CreateToken', kind: 'throttle', times: 1, retryAfter: '3' });
      const reply = await login();
      expect(reply.status).toBe(429);
      expect(reply.body).toMatchObject({ error_code: 'IAM.0012' });
      expect(reply.headers['retry-after']).toBe('3');
      expect((await login()).status).toBe(201);
    });
  });
});
