import { beforeEach, describe, expect, it } from '@jest/globals';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Control } from '../../../emulator/control/control.js';
import { expectBetween, proxyAgentId, useEmulator } from './emulator-client.js';

describe('the emulator under control', () => {
  const hss = useEmulator({ registryImages: 20, localImages: 20 });

  beforeEach(() => {
    hss.emulator.journal.clear();
    hss.emulator.faults.clear();
  });

  describe('control over HTTP', () => {
    it('describes the emulator and gives a valid token', async () => {
      const { body } = await hss.control('GET', 'info');
      const { url, projectId, region, credentials } = hss.emulator;
      expect(body).toMatchObject({ url, projectId, region, credentials });
      expect(body).toMatchObject({ counts: { registryImages: 20 }, localListing: 'per-host' });
      const reply = await hss.get('registries/images', {}, { 'X-Auth-Token': String(body['token']) });
      expect(reply.status).toBe(200);
    });

    it('shows and empties the journal', async () => {
      await hss.registry();
      await hss.local();
      const all = JSON.parse((await hss.control('GET', 'journal')).text) as unknown[];
      const one = JSON.parse((await hss.control('GET', 'journal?api=ListImageLocal')).text) as unknown[];
      expect([all.length, one.length]).toEqual([2, 1]);
      await hss.control('DELETE', 'journal');
      expect(hss.emulator.journal.entries).toEqual([]);
    });

    it('schedules, shows and clears faults', async () => {
      const { body } = await hss.control('POST', 'faults', { kind: 'status', status: 503, times: 2 });
      expect((await hss.control('GET', 'faults')).text).toContain(String(body['id']));
      expect((await hss.registry()).status).toBe(503);
      await hss.control('DELETE', `faults?id=${String(body['id'])}`);
      expect((await hss.registry()).status).toBe(200);
    });

    it('moves the clock and shifts the host', async () => {
      const { clock } = hss.emulator;
      const set = await hss.control('POST', 'clock', { setMs: 1_000_000, dateSkewMs: 5000 });
      expectBetween(1_000_000, Number(set.body['nowMs']), clock.now());
      await hss.control('POST', 'clock', { advanceMs: 1_000_000, signatureFollows: true });
      const now = clock.now();
      expect(now).toBeGreaterThanOrEqual(2_000_000);
      expectBetween(now + 5000, clock.hostNow(), clock.now() + 5000);
      await hss.control('POST', 'clock', { setMs: Date.now(), dateSkewMs: 0, signatureFollows: false });
    });

    it('sets the rate and is not throttled itself', async () => {
      // The start of a minute, far from the end of a window.
      const setMs = Math.floor(Date.now() / 60_000) * 60_000;
      await hss.control('POST', 'clock', { setMs });
      await hss.control('POST', 'throttle', { limit: 1, windowMs: 60_000, kind: 'fixed' });
      expect((await hss.registry()).status).toBe(200);
      expect((await hss.registry()).status).toBe(429);
      expect((await hss.control('GET', 'info')).status).toBe(200);
      await hss.control('POST', 'throttle', { off: true });
      expect((await hss.registry()).status).toBe(200);
      await hss.control('POST', 'clock', { setMs: Date.now() });
    });

    it('sets the latency', async () => {
      expect((await hss.control('POST', 'latency', { minMs: 30, maxMs: 40 })).status).toBe(200);
      const startedAtMs = performance.now();
      await hss.registry();
      expect(performance.now() - startedAtMs).toBeGreaterThan(25);
      await hss.control('POST', 'latency', { ms: 0 });
    });

    it('revokes tokens and rotates keys', async () => {
      const token = hss.emulator.issueToken();
      const { ak } = hss.emulator.credentials;
      await hss.control('POST', 'tokens/revoke');
      expect((await hss.get('registries/images', {}, { 'X-Auth-Token': token })).status).toBe(401);
      const rotated = await hss.control('POST', 'keys/rotate');
      expect(rotated.body['ak']).not.toBe(ak);
      expect(rotated.body['ak']).toBe(hss.emulator.credentials.ak);
    });

    it('changes the data', async () => {
      const digest = `sha256:${proxyAgentId}`;
      const change = (body: object) => hss.control('POST', 'data', body);
      await change({
        action: 'rescan',
        digest,
        atMs: 1_770_000_000_000,
        result: { severityLevel: 'Medium' },
      });
      expect((await hss.registry({ severity_level: 'Medium', image_name: 'proxy-agent' })).total).toBe(1);
      await change({ action: 'set-scan-status', digest, scanStatus: 'scanning' });
      expect((await hss.registry({ scan_status: 'scanning', image_name: 'proxy-agent' })).total).toBe(1);
      const added = await change({
        action: 'add-registry-image',
        row: { image_name: 'over-http' },
        at: 'first',
      });
      expect(added.text).toMatch(/"id":92\d{17}/);
      expect((await hss.registry()).rows[0]).toMatchObject({ image_name: 'over-http' });
      const removed = await change({ action: 'remove-registry-images', match: { image_name: 'over-http' } });
      expect(removed.body).toEqual({ rows: 1 });
      await change({ action: 'add-local-image', row: { image_name: 'over-http' } });
      expect(
        (await change({ action: 'remove-local-images', match: { image_name: 'over-http' } })).body,
      ).toEqual({
        rows: 1,
      });
    });

    it.each([
      ['faults', { kind: 'explode' }, 'kind must be one of'],
      ['faults', { kind: 'status' }, 'status must be an integer from 200 to 599'],
      ['faults', { kind: 'drip', bytesPerSecond: 0 }, 'bytesPerSecond must be an integer from 1'],
      ['faults', { kind: 'reset', status: 500 }, 'Unknown field status; allowed: kind'],
      ['faults', { kind: 'reset', api: 'ListEverything' }, 'api must be one of'],
      ['faults', { kind: 'short-page' }, 'maxRows must be an integer from 0'],
      [
        'faults',
        { kind: 'short-page', maxRows: 1, totalNum: 'x' },
        'totalNum must be an integer from 0 or null',
      ],
      ['faults', { kind: 'reset', times: 0 }, 'times must be an integer from 1'],
      ['faults', { kind: 'raw', body: 'x', headers: { a: 1 } }, 'headers must be an object of strings'],
      ['clock', { advanceMs: '5' }, 'advanceMs must be a number'],
      ['clock', { minutes: 5 }, 'Unknown field minutes'],
      ['throttle', { limit: 5 }, 'windowMs must be an integer from 1'],
      ['throttle', { limit: 5, windowMs: 1, kind: 'leaky' }, 'kind must be one of sliding, fixed'],
      ['latency', { ms: -1 }, 'ms must be an integer from 0'],
      ['latency', { minMs: 5, maxMs: 1 }, 'minMs must not be above maxMs'],
      ['data', { action: 'drop' }, 'action must be one of'],
      ['data', { action: 'rescan' }, 'digest must be a string'],
      [
        'data',
        { action: 'rescan', digest: 'd', result: { files: 'old' } },
        "files must be a list of objects or 'new'",
      ],
      ['data', { action: 'change-registry-images', match: {} }, 'changes must be an object'],
      ['data', { action: 'move-tag', match: {}, entry: 'other' }, 'entry must be one of same, new'],
      ['data', { action: 'add-local-image', hosts: ['h'] }, 'hosts must be a list of objects'],
      ['tokens/revoke', { all: true }, 'Unknown field all; allowed: none'],
    ])('refuses POST %s with %j', async (path, body, message) => {
      const reply = await hss.control('POST', path, body);
      expect(reply.status).toBe(400);
      expect(String(reply.body['message'])).toContain(message);
    });

    it('refuses a body that is not a JSON object', async () => {
      for (const body of ['{', '[]', '1']) {
        const reply = await hss.send('/__emulator/clock', { method: 'POST', body });
        expect(reply.status).toBe(400);
      }
    });

    it('refuses callers from other machines', async () => {
      const request = new IncomingMessage(new Socket());
      Object.defineProperty(request.socket, 'remoteAddress', { value: '10.0.0.7' });
      const response = new ServerResponse(request);
      await new Control(hss.emulator).handle(request, response);
      expect(response.statusCode).toBe(403);
    });

    it('refuses unknown control calls and lists the known calls', async () => {
      const reply = await hss.control('POST', 'reboot');
      expect(reply.status).toBe(404);
      expect(String(reply.body['message'])).toContain('POST faults');
      expect((await hss.control('GET', 'journal?api=Nothing')).status).toBe(400);
    });
  });
});
