import { afterEach, describe, expect, it } from '@jest/globals';
import type { Rate } from '../../../emulator/traffic/throttle.js';
import { EmulatorClient, signedHeaders } from './emulator-client.js';

describe('the throttle of the emulator', () => {
  let hss: EmulatorClient;
  const startMs = Date.UTC(2026, 0, 1);
  /** Time that only a test moves, so that the ends of a window are exact. */
  let nowMs = startMs;

  async function start(rate: Rate, totalRate: Rate = 'off') {
    nowMs = startMs;
    const user = (name: string) => ({
      name,
      password: 'pw',
      keys: ['A', 'B'].map((suffix) => ({ ak: `AK${name}${suffix}`, sk: `sk-${name}-${suffix}` })),
    });
    hss = new EmulatorClient({
      rate,
      totalRate,
      registryImages: 2,
      localImages: 2,
      users: [user('ann'), user('bob')],
      clock: { now: () => nowMs },
    });
    await hss.start();
  }

  afterEach(() => hss.emulator.close());

  const statuses = async (count: number) => {
    const replies = [];
    for (let call = 0; call < count; call += 1) replies.push((await hss.registry()).status);
    return replies;
  };

  describe('the throttle', () => {
    it('admits five calls per minute by default', async () => {
      hss = new EmulatorClient({ registryImages: 2, localImages: 2 });
      await hss.start();
      expect(await statuses(6)).toEqual([200, 200, 200, 200, 200, 429]);
    });

    it('refuses the sixth call with limit and window in the text', async () => {
      await start({ limit: 5, windowMs: 60_000 });
      await statuses(5);
      const reply = await hss.registry();
      expect(reply.status).toBe(429);
      expect(reply.body).toEqual({
        error_msg:
          'The throttling threshold has been reached: policy user over ratelimit,limit:5,time:1 minute',
        error_code: 'APIGW.0308',
        request_id: reply.headers['x-request-id'],
      });
      expect(reply.headers['retry-after']).toBeUndefined();
    });

    it.each([
      [{ limit: 2, windowMs: 5000 }, 'limit:2,time:5 second'],
      [{ limit: 2, windowMs: 300_000 }, 'limit:2,time:5 minute'],
      [{ limit: 2, windowMs: 1500 }, 'limit:2,time:1500 millisecond'],
    ])('writes the rule %o into the text', async (rate, text) => {
      await start(rate);
      await statuses(2);
      expect((await hss.registry()).text).toContain(text);
    });

    it('counts each API separately', async () => {
      await start({ limit: 1, windowMs: 60_000 });
      expect((await hss.registry()).status).toBe(200);
      expect((await hss.local()).status).toBe(200);
      expect((await hss.registry()).status).toBe(429);
    });

    it('counts all keys and tokens of a user together', async () => {
      await start({ limit: 2, windowMs: 60_000 });
      const path = `/v5/${hss.emulator.projectId}/image/registries/images`;
      const as = async (ak: string, sk: string) =>
        (await hss.send(path, { headers: signedHeaders(hss.emulator, { ak, sk }, path, '', nowMs) })).status;
      expect(await as('AKannA', 'sk-ann-A')).toBe(200);
      expect(await as('AKannB', 'sk-ann-B')).toBe(200);
      expect((await hss.registry()).status).toBe(429);
      expect(await as('AKbobA', 'sk-bob-A')).toBe(200);
    });

    it('frees room exactly one window after a call was admitted', async () => {
      await start({ limit: 2, windowMs: 60_000, kind: 'sliding' });
      expect(await statuses(1)).toEqual([200]);
      nowMs = startMs + 30_000;
      expect(await statuses(2)).toEqual([200, 429]);
      nowMs = startMs + 59_999;
      expect(await statuses(1)).toEqual([429]);
      nowMs = startMs + 60_000;
      expect(await statuses(2)).toEqual([200, 429]);
    });

    it('starts anew with each fixed window, at any phase', async () => {
      await start({ limit: 2, windowMs: 60_000, kind: 'fixed', phaseMs: 10_000 });
      nowMs = startMs + 69_999;
      expect(await statuses(3)).toEqual([200, 200, 429]);
      nowMs = startMs + 70_000;
      expect(await statuses(3)).toEqual([200, 200, 429]);
      nowMs = startMs + 129_999;
      expect(await statuses(1)).toEqual([429]);
    });

    it('counts refused calls if configured to', async () => {
      await start({ limit: 2, windowMs: 60_000, countRejected: true });
      await statuses(2);
      nowMs = startMs + 30_000;
      expect(await statuses(2)).toEqual([429, 429]);
      nowMs = startMs + 60_000;
      expect(await statuses(1)).toEqual([429]);
    });

    it('follows its movable clock on top of an injected clock', async () => {
      await start({ limit: 1, windowMs: 60_000 });
      expect(await statuses(2)).toEqual([200, 429]);
      hss.emulator.clock.advance(60_000);
      expect(await statuses(1)).toEqual([200]);
    });

    it('does not count calls that failed authentication', async () => {
      await start({ limit: 1, windowMs: 60_000 });
      await hss.send('registries/images');
      await hss.get('registries/images', {}, { 'X-Auth-Token': 'made-up' });
      expect(await statuses(2)).toEqual([200, 429]);
    });

    it('counts calls that HSS finds invalid', async () => {
      await start({ limit: 1, windowMs: 60_000 });
      expect((await hss.registry({ limit: 0 })).status).toBe(400);
      expect(await statuses(1)).toEqual([429]);
    });

    it('has a total per API over all users', async () => {
      await start({ limit: 5, windowMs: 60_000 }, { limit: 3, windowMs: 60_000 });
      await statuses(3);
      expect((await hss.registry()).text).toContain('policy api over ratelimit,limit:3');
    });

    it('accepts a new rate while it runs', async () => {
      await start({ limit: 1, windowMs: 60_000 });
      await statuses(2);
      hss.emulator.setRate({ limit: 2, windowMs: 10_000 });
      expect(await statuses(3)).toEqual([200, 200, 429]);
      hss.emulator.setRate('off');
      expect(await statuses(20)).toEqual(Array<number>(20).fill(200));
    });

    it('says how many calls are left in debug mode', async () => {
      await start({ limit: 5, windowMs: 60_000 });
      const reply = await hss.get('registries/images', {}, { 'X-Apig-Mode': 'debug' });
      expect(reply.headers['x-apig-ratelimit-user']).toBe('remain:4,limit:5,time:1 minute');
    });

    it('lets the journal compute the busiest window', async () => {
      await start({ limit: 2, windowMs: 60_000 });
      const { journal } = hss.emulator;
      for (let minute = 0; minute < 4; minute += 1) {
        nowMs = startMs + minute * 60_000;
        await statuses(3);
      }
      expect(journal.calls('ListRegistryImages')).toHaveLength(12);
      expect(journal.busiestWindow(60_000, 'ListRegistryImages', 'ann')).toBe(2);
      expect(journal.busiestWindow(120_000, 'ListRegistryImages')).toBe(4);
      expect(journal.busiestWindow(60_000, 'ListImageLocal')).toBe(0);
    });
  });
});
