// The end of a service, as its consumers and balancers see it. process.test.ts has the exit codes.
import { afterEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { GracefulClose } from '../../src/http/graceful-close.js';
import { expectProblem } from '../support/expect-problem.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { readKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

describe('a service that stops', () => {
  let clock: TestClock;
  let emulator: Emulator;
  let service: TestService;
  let isClosed: boolean;

  async function start(env: Record<string, string> = {}): Promise<void> {
    clock = TestClock.still();
    emulator = await startEmulator({ rate: 'off', clock });
    service = await startService({ emulator, clock, env });
    isClosed = false;
  }

  /** Begins the drain, and moves the clock until it is over. */
  async function drain(): Promise<void> {
    const closed = service.close().then(() => (isClosed = true));
    await until(() => {
      if (!isClosed) clock.advance(500);
      return isClosed;
    });
    await closed;
  }

  afterEach(async () => {
    if (!isClosed) await service.close();
    await emulator.close();
  });

  it('is not ready from the signal on, and goes on answering on new connections', async () => {
    await start();
    expect((await service.get('/health/ready')).status).toBe(200);
    service.part(GracefulClose).announce();
    const ready = await service.get('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.body).toEqual({ status: 'stopping' });
    expect((await service.get('/health/live')).status).toBe(200);
    for (const way of ['cold', 'from the hot path']) {
      const answer = await service.get('/v1/registry-images?limit=1');
      expect([way, answer.status]).toEqual([way, 200]);
      expect(answer.headers.get('connection')).toBe('close');
    }
  });

  it('answers what still hangs on HSS with a 503 before the connections are closed', async () => {
    await start({ REQUEST_DEADLINE: '60s', HSS_TIMEOUT: '60s' });
    // Further calls wait until the first call has shown that HSS accepts the credential.
    await service.get('/v1/registry-images');
    emulator.faults.schedule({ kind: 'hang' });
    const waiting = ['/v1/registry-images?name=a', '/v1/local-images?name=b'].map((path) =>
      service.get(path),
    );
    await until(() => emulator.journal.calls().length === 3);
    await drain();
    for (const answer of await Promise.all(waiting)) {
      expectProblem(answer, { status: 503, code: 'upstream-unavailable' });
      expect(answer.body.detail).toContain('stopping');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.get('connection')).toBe('close');
    }
    expect(service.logText()).toMatch(/"requests":2,.*Stopping: what still waits for HSS/);
  });

  it('gives up calls that nobody waits for, and blames HSS for none', async () => {
    await start({ REQUEST_DEADLINE: '60s', HSS_TIMEOUT: '60s' });
    await service.get('/v1/registry-images');
    emulator.faults.schedule({ kind: 'hang' });
    const gone = new AbortController();
    const headers = { 'X-API-Key': readKey };
    const asked = ['/v1/registry-images?name=a', '/v1/local-images?name=b'].map((path) =>
      service.request(path, { headers, signal: gone.signal }).catch(() => undefined),
    );
    await until(() => emulator.journal.calls().length === 3);
    gone.abort();
    await Promise.all(asked);
    await drain();
    const log = service.logText();
    expect(log).toMatch(/"level":30,.*"calls":2,"msg":"Stopping: calls under way are given up/);
    expect(log).not.toMatch(/"level":[456]0/);
    const { apis, troubles } = service.client.record;
    const results = [...apis.values()].flatMap((api) => [...api.results.entries()]);
    expect(results.filter(([, count]) => count > 0)).toEqual([['ok', 1]]);
    expect(troubles).toEqual([]);
  });

  it('gives the parts of a merged answer that are there', async () => {
    await start({ REQUEST_DEADLINE: '60s', HSS_TIMEOUT: '60s' });
    emulator.faults.schedule({ api: 'ListImageFiles', kind: 'hang' });
    const waiting = service.get(`${proxyAgent}&include=image,baseOs,files`);
    await until(() => emulator.journal.calls().length === 3);
    await drain();
    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect(answer.body.parts).toMatchObject({
      image: { status: 'fresh' },
      baseOs: { status: 'fresh' },
      files: { status: 'failed', error: { code: 'upstream-unavailable' } },
    });
  });
});
