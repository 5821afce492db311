import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectBetween, proxyAgentId, signedHeaders, useEmulator } from './emulator-client.js';

describe('the journal of the emulator', () => {
  const hss = useEmulator({ registryImages: 5, localImages: 5 });
  const journal = () => hss.emulator.journal;

  beforeEach(() => journal().clear());

  describe('the journal', () => {
    it('records request, user and outcome of each call', async () => {
      const beforeMs = Date.now();
      await hss.files({ file_name: 'lib +%', limit: 10 }, `sha256:${proxyAgentId}`);
      expect(journal().entries).toHaveLength(1);
      const [entry] = journal().entries;
      expect(entry).toMatchObject({
        api: 'ListImageFiles',
        method: 'GET',
        path: `/v5/${hss.emulator.projectId}/image/sha256%3A${proxyAgentId}/files`,
        imageId: `sha256:${proxyAgentId}`,
        query: { image_type: 'private_image', file_name: 'lib +%', limit: '10' },
        user: 'hss-reader',
        admitted: true,
        outcome: 200,
      });
      expect(entry?.atMs).toBeGreaterThanOrEqual(beforeMs);
      expect(entry?.finishedAtMs).toBeGreaterThanOrEqual(entry?.arrivedAtMs ?? Infinity);
    });

    it('continues its numbers after it was cleared', async () => {
      await hss.registry();
      const first = journal().entries[0]?.seq ?? 0;
      journal().clear();
      await hss.registry();
      expect(journal().entries.map(({ seq }) => seq)).toEqual([first + 1]);
    });

    it('records the time of the movable clock', async () => {
      hss.emulator.clock.set(5_000_000);
      await hss.registry();
      expectBetween(5_000_000, journal().entries[0]?.clockMs, hss.emulator.clock.now());
    });

    it('lists the calls of one API', async () => {
      await hss.registry();
      await hss.local();
      await hss.registry();
      expect(journal().calls('ListRegistryImages')).toHaveLength(2);
      expect(journal().calls('ListImageBasicImage')).toHaveLength(0);
      expect(journal().calls()).toHaveLength(3);
    });

    it('records refused calls with their code and without a user', async () => {
      await hss.send('registries/images');
      await hss.registry({ limit: 0 });
      await hss.send('/v5/p/image/registries');
      expect(journal().entries.map(({ api, outcome, errorCode }) => [api, outcome, errorCode])).toEqual([
        ['ListRegistryImages', 401, 'APIGW.0301'],
        ['ListRegistryImages', 400, 'HSS.0001'],
        ['Unknown', 404, 'APIGW.0101'],
      ]);
      expect(journal().entries[0]).not.toHaveProperty('user');
      expect(journal().entries[0]?.admitted).toBe(false);
    });

    it('keeps no secret, only the names of secret headers', async () => {
      const { credentials, projectId, region } = hss.emulator;
      const { temporary } = credentials;
      const token = hss.emulator.issueToken();
      const path = `/v5/${projectId}/image/registries/images`;
      await hss.get('registries/images', {}, { 'X-Auth-Token': token, Cookie: 'session=s3cret' });
      await hss.send(path, { headers: signedHeaders(hss.emulator, temporary ?? credentials, path) });
      await hss.send('/v3/auth/tokens', {
        method: 'POST',
        body: JSON.stringify({
          auth: {
            identity: {
              methods: ['password'],
              password: {
                user: {
                  domain: { name: credentials.domain },
                  name: credentials.user,
                  password: credentials.password,
                },
              },
            },
            scope: { project: { name: region } },
          },
        }),
      });
      const text = JSON.stringify(journal().entries);
      const secrets = [token, credentials.ak, credentials.sk, credentials.password, 's3cret'];
      const temporarySecrets = [temporary?.ak ?? '', temporary?.sk ?? '', temporary?.securityToken ?? ''];
      for (const secret of [...secrets, ...temporarySecrets]) expect(text).not.toContain(secret);
      expect(text).toContain('"x-auth-token":"<redacted>"');
      expect(journal().entries[1]).toMatchObject({
        headers: { authorization: '<redacted>', 'x-security-token': '<redacted>' },
        signedHeaders: ['host', 'x-project-id', 'x-sdk-date', 'x-security-token'],
      });
    });

    it('records a consumer that left before its answer', async () => {
      hss.emulator.setLatency(60_000);
      const giveUp = new AbortController();
      const pending = hss.send('registries/images', {
        headers: { 'X-Auth-Token': hss.emulator.issueToken() },
        signal: giveUp.signal,
      });
      await journal().arrivals(1, 'ListRegistryImages');
      expect(journal().entries[0]?.outcome).toBe('pending');
      giveUp.abort();
      await expect(pending).rejects.toThrow();
      await journal().settled();
      expect(journal().entries[0]?.outcome).toBe('aborted-by-client');
      hss.emulator.setLatency(0);
    });

    it('does not record control calls', async () => {
      await hss.control('GET', 'info');
      expect(journal().entries).toEqual([]);
    });
  });
});
