import { afterEach, describe, expect, it } from '@jest/globals';
import { proxyAgentId, signedHeaders, useEmulator } from './emulator-client.js';

describe('faults of the emulator', () => {
  const hss = useEmulator({ registryImages: 30, localImages: 10 });
  const faults = () => hss.emulator.faults;

  afterEach(() => faults().clear());

  const lastEntry = () => hss.emulator.journal.entries.at(-1);

  describe('the schedule of faults', () => {
    it('strikes every call until the fault is cleared', async () => {
      const id = faults().schedule({ kind: 'status', status: 503 });
      expect((await hss.registry()).status).toBe(503);
      expect((await hss.local()).status).toBe(503);
      faults().clear(id);
      expect((await hss.registry()).status).toBe(200);
    });

    it('strikes one API, after the skipped calls, the given number of times', async () => {
      faults().schedule({ api: 'ListRegistryImages', kind: 'status', status: 500, skip: 2, times: 2 });
      const statuses = [];
      for (let call = 0; call < 5; call += 1) statuses.push((await hss.registry()).status);
      expect(statuses).toEqual([200, 200, 500, 500, 200]);
      expect((await hss.local()).status).toBe(200);
    });

    it('strikes each call with one fault, in the order of scheduling', async () => {
      faults().schedule({ kind: 'status', status: 500, times: 1 });
      faults().schedule({ kind: 'status', status: 502, times: 1 });
      expect((await hss.registry()).status).toBe(500);
      expect((await hss.registry()).status).toBe(502);
      expect(faults().list()).toEqual([]);
    });

    it('writes the fault and its answer into the journal', async () => {
      faults().schedule({ kind: 'status', status: 504, code: 'APIGW.0201', times: 1 });
      await hss.registry();
      expect(lastEntry()).toMatchObject({ fault: 'status', outcome: 504, errorCode: 'APIGW.0201' });
    });
  });

  describe('faults of the answer', () => {
    it('answers any status with code, message and headers', async () => {
      faults().schedule({
        kind: 'status',
        status: 400,
        code: 'HSS.0002',
        message: 'cannot parse',
        headers: { 'X-Extra': '1' },
      });
      const reply = await hss.registry();
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ error_code: 'HSS.0002', error_msg: 'cannot parse' });
      expect(reply.headers['x-extra']).toBe('1');
      expect(reply.headers['x-request-id']).toBeDefined();
    });

    it('cuts pages short and keeps the total true', async () => {
      faults().schedule({ api: 'ListRegistryImages', kind: 'short-page', maxRows: 10 });
      const [first, second] = [await hss.registry(), await hss.registry({ offset: 10 })];
      expect([first.total, first.rows.length, second.rows.length]).toEqual([30, 10, 10]);
      const rows = await hss.walk('registry', 200);
      expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(30);
      expect((await hss.registry({ limit: 5 })).rows).toHaveLength(5);
      expect((await hss.local()).rows).toHaveLength(10);
    });

    it.each([
      [40, 40],
      [null, undefined],
    ])('answers a short page with the total %s', async (totalNum, shown) => {
      faults().schedule({ kind: 'short-page', maxRows: 200, totalNum });
      const reply = await hss.registry();
      expect(reply.body['total_num']).toBe(shown);
      expect(reply.rows).toHaveLength(30);
    });

    it('answers a status with a body of its own', async () => {
      faults().schedule({
        kind: 'status',
        status: 400,
        body: { error_code: '00000010', error_description: '拒绝访问' },
      });
      expect((await hss.registry()).body).toEqual({ error_code: '00000010', error_description: '拒绝访问' });
    });

    it.each(['7', 'Wed, 21 Oct 2026 07:28:00 GMT'])('throttles with Retry-After %s', async (retryAfter) => {
      faults().schedule({ kind: 'throttle', retryAfter });
      const reply = await hss.registry();
      expect(reply.status).toBe(429);
      expect(reply.body).toMatchObject({ error_code: 'APIGW.0308' });
      expect(reply.text).toContain('limit:5,time:1 minute');
      expect(reply.headers['retry-after']).toBe(retryAfter);
    });

    it('throttles without saying limit and window', async () => {
      faults().schedule({ kind: 'throttle', text: false });
      const reply = await hss.registry();
      expect(reply.status).toBe(429);
      expect(reply.text).not.toContain('limit');
      expect(reply.headers['retry-after']).toBeUndefined();
    });

    it('refuses valid credentials and quotes them', async () => {
      faults().schedule({ kind: 'unauthorized' });
      const path = `/v5/${hss.emulator.projectId}/image/local-repositories`;
      const { credentials } = hss.emulator;
      const reply = await hss.send(path, { headers: signedHeaders(hss.emulator, credentials, path) });
      expect(reply.status).toBe(401);
      expect(reply.text).toContain(credentials.ak);
      expect(reply.text).toContain('canonicalRequest');
      const token = hss.emulator.issueToken();
      expect((await hss.get('registries/images', {}, { 'X-Auth-Token': token })).text).toContain(token);
    });

    it('answers a proxy page in HTML', async () => {
      faults().schedule({ kind: 'html' });
      const reply = await hss.registry();
      expect(reply.status).toBe(502);
      expect(reply.headers['content-type']).toContain('text/html');
      faults().clear();
      faults().schedule({ kind: 'html', status: 200 });
      expect((await hss.registry()).status).toBe(200);
    });

    it('answers 200 with text that is not JSON', async () => {
      faults().schedule({ kind: 'garbage' });
      const reply = await hss.registry();
      expect(reply.status).toBe(200);
      expect(reply.headers['content-type']).toContain('json');
      expect(() => reply.body).toThrow(SyntaxError);
    });

    it('answers a data_list that is not a list', async () => {
      faults().schedule({ kind: 'not-a-list' });
      expect((await hss.registry()).body).toEqual({ total_num: 30, data_list: { 0: 'not a list' } });
    });

    it('leaves out data_list, with the true total or a given one', async () => {
      faults().schedule({ kind: 'missing-data-list', times: 1 });
      expect((await hss.registry()).body).toEqual({ total_num: 30 });
      faults().schedule({ kind: 'missing-data-list', totalNum: 0, times: 1 });
      expect((await hss.registry()).body).toEqual({ total_num: 0 });
    });

    it('leaves out total_num', async () => {
      faults().schedule({ kind: 'missing-total' });
      const reply = await hss.registry();
      expect(reply.body).not.toHaveProperty('total_num');
      expect(reply.rows).toHaveLength(30);
    });

    it('answers exactly the given bytes', async () => {
      faults().schedule({ kind: 'raw', body: '[1]', status: 203, headers: { 'Content-Type': 'text/odd' } });
      const reply = await hss.registry();
      expect([reply.status, reply.text, reply.headers['content-type']]).toEqual([203, '[1]', 'text/odd']);
    });
  });

  describe('faults of the connection', () => {
    it('resets the connection', async () => {
      faults().schedule({ kind: 'reset', times: 1 });
      await expect(hss.registry()).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(lastEntry()).toMatchObject({ fault: 'reset', outcome: 'reset' });
      expect((await hss.registry()).status).toBe(200);
    });

    it('never answers until the consumer gives up', async () => {
      faults().schedule({ kind: 'hang' });
      const giveUp = new AbortController();
      const seen = hss.emulator.journal.entries.length;
      const hanging = hss.send('registries/images', {
        headers: { 'X-Auth-Token': hss.emulator.issueToken() },
        signal: giveUp.signal,
      });
      await hss.emulator.journal.arrivals(seen + 1);
      giveUp.abort();
      await expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
      expect(lastEntry()).toMatchObject({ fault: 'hang', outcome: 'hang' });
    });

    it('drips the whole answer slowly', async () => {
      faults().schedule({ kind: 'drip', bytesPerSecond: 1000 });
      const startedAtMs = performance.now();
      const reply = await hss.basicImage();
      expect(reply.total).toBe(1);
      // 1000 bytes per second are one byte per millisecond. Half of the time allows for imprecise timers.
      expect(performance.now() - startedAtMs).toBeGreaterThan(reply.bytes.length / 2);
    });

    it('closes the connection in the middle of the body', async () => {
      faults().schedule({ kind: 'truncate' });
      await expect(hss.registry()).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(lastEntry()).toMatchObject({ outcome: 'truncated' });
    });

    it('streams a valid list of more than 32 MiB', async () => {
      faults().schedule({ kind: 'huge', times: 1 });
      const reply = await hss.files();
      expect(reply.status).toBe(200);
      expect(reply.bytes.length).toBeGreaterThan(40 * 1024 * 1024);
      expect(reply.headers['content-length']).toBeUndefined();
      expect(reply.rows).toHaveLength(1);
    });

    it('stops streaming when the consumer leaves', async () => {
      faults().schedule({ kind: 'huge', bytes: 1024 * 1024 * 1024 });
      const giveUp = new AbortController();
      const seen = hss.emulator.journal.entries.length;
      const pending = hss.send(`${proxyAgentId}/files`, {
        headers: { 'X-Auth-Token': hss.emulator.issueToken() },
        signal: giveUp.signal,
      });
      await hss.emulator.journal.arrivals(seen + 1);
      giveUp.abort();
      await expect(pending).rejects.toThrow();
      await hss.emulator.journal.settled();
      expect(lastEntry()).toMatchObject({ outcome: 'aborted-by-client' });
    });

    it('delays the true answer', async () => {
      faults().schedule({ kind: 'latency', ms: 60 });
      const startedAtMs = performance.now();
      expect((await hss.registry()).total).toBe(30);
      expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(55);
    });

    it('delays until the test ends the delay', async () => {
      faults().schedule({ kind: 'latency', ms: 3_600_000, times: 1 });
      const seen = hss.emulator.journal.entries.length;
      const pending = hss.registry();
      await hss.emulator.journal.arrivals(seen + 1);
      expect(lastEntry()).toMatchObject({ outcome: 'pending' });
      hss.emulator.endDelays();
      expect((await pending).total).toBe(30);
      expect(lastEntry()).toMatchObject({ outcome: 200 });
    });
  });
});
