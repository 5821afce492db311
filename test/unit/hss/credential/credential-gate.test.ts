import { describe, expect, it } from '@jest/globals';
import { CredentialGate } from '../../../../src/hss/credential/credential-gate.js';
import { CredentialRefused, UpstreamError } from '../../../../src/hss/errors.js';
import { LocalCredentialRests, restMs } from '../../../../src/hss/credential/credential-rest.js';
import { TestClock } from '../../../support/test-clock.js';

const refusal = { status: 401, code: 'APIGW.0301', requestId: null };
const forever = new AbortController().signal;

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Calls that stay under way until the test ends them. */
class HeldCalls {
  readonly underWay: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = [];

  readonly start = (): Promise<string> =>
    new Promise((resolve, reject) => this.underWay.push({ resolve, reject }));

  async endNext(error?: unknown): Promise<void> {
    const call = this.underWay.shift()!;
    if (error === undefined) call.resolve('answer');
    else call.reject(error);
    await settled();
  }
}

function setUp() {
  const clock = TestClock.still();
  const calls = new HeldCalls();
  const token = { isThere: true };
  const gate = new CredentialGate(new LocalCredentialRests(clock), () => token.isThere);
  const run = (signal = forever) => gate.run(calls.start, signal).catch((error: unknown) => error);
  return { clock, calls, run, token };
}

describe('the credential gate', () => {
  it('sends calls one at a time until the first success', async () => {
    const { calls, run } = setUp();
    const results = [run(), run(), run(), run()];
    await settled();
    expect(calls.underWay).toHaveLength(1);
    await calls.endNext();
    expect(calls.underWay).toHaveLength(3);
    while (calls.underWay.length > 0) await calls.endNext();
    expect(await Promise.all(results)).toEqual(['answer', 'answer', 'answer', 'answer']);
  });

  it('stays at one call at a time after answers that prove nothing', async () => {
    const { calls, run } = setUp();
    void Promise.all([run(), run(), run()]);
    await settled();
    for (const left of [2, 1]) {
      await calls.endNext(new UpstreamError('upstream-unavailable', 'down'));
      expect(calls.underWay).toHaveLength(1);
      expect(left).toBeGreaterThan(0);
    }
    await calls.endNext();
  });

  it('treats a business error of HSS as acceptance', async () => {
    const { calls, run } = setUp();
    const first = run();
    await settled();
    const upstream = { status: 400, code: 'HSS.0011', requestId: null };
    await calls.endNext(new UpstreamError('not-found', 'unknown image', upstream));
    expect(await first).toMatchObject({ code: 'not-found' });
    void Promise.all([run(), run()]);
    await settled();
    expect(calls.underWay).toHaveLength(2);
  });

  it('rests after one refusal, says until when, then tries once', async () => {
    const { clock, calls, run } = setUp();
    const results = [run(), run(), run()];
    await settled();
    await calls.endNext(new CredentialRefused(refusal));
    for (const error of (await Promise.all(results)) as UpstreamError[]) {
      expect(error.code).toBe('upstream-unauthorized');
      expect(error.retryAt! - clock.now()).toBeGreaterThan(5 * 60_000);
    }
    expect(calls.underWay).toHaveLength(0);
    clock.advance(restMs);
    const again = [run(), run()];
    await settled();
    expect(calls.underWay).toHaveLength(1);
    await calls.endNext(new CredentialRefused(refusal));
    await Promise.all(again);
    expect(calls.underWay).toHaveLength(0);
    clock.advance(restMs);
    const healed = [run(), run()];
    await settled();
    await calls.endNext();
    await calls.endNext();
    expect(await Promise.all(healed)).toEqual(['answer', 'answer']);
  });

  it('excuses a wrong clock once', async () => {
    const { calls, run } = setUp();
    const first = run();
    await settled();
    await calls.endNext(new CredentialRefused(refusal, 'refused', true));
    expect(await first).toMatchObject({ retryAt: null });
    const second = run();
    await settled();
    await calls.endNext(new CredentialRefused(refusal, 'refused', true));
    expect((await second) as UpstreamError).toMatchObject({ retryAt: expect.any(Number) });
    expect(await run()).toMatchObject({ code: 'upstream-unauthorized' });
    expect(calls.underWay).toHaveLength(0);
  });

  it('excuses a wrong clock for all calls sent together with an accepted credential', async () => {
    const { calls, run } = setUp();
    const proof = run();
    await settled();
    await calls.endNext();
    await proof;
    const together = [run(), run(), run()];
    await settled();
    expect(calls.underWay).toHaveLength(3);
    for (let call = 0; call < 3; call += 1)
      await calls.endNext(new CredentialRefused(refusal, 'refused', true));
    await Promise.all(together);
    const next = [run(), run()];
    await settled();
    expect(calls.underWay).toHaveLength(1);
    await calls.endNext();
    await calls.endNext();
    expect(await Promise.all(next)).toEqual(['answer', 'answer']);
  });

  it('does not send the next call early when a waiting caller leaves', async () => {
    const { calls, run } = setUp();
    const leaving = new AbortController();
    const first = run();
    const second = run(leaving.signal);
    const third = run();
    await settled();
    leaving.abort(new Error('gone'));
    expect(await second).toMatchObject({ message: 'gone' });
    await settled();
    expect(calls.underWay).toHaveLength(1);
    await calls.endNext();
    await calls.endNext();
    expect(await Promise.all([first, third])).toEqual(['answer', 'answer']);
  });

  it('sends calls one at a time again while a token has to be fetched', async () => {
    const { calls, run, token } = setUp();
    const proof = run();
    await settled();
    await calls.endNext();
    await proof;
    token.isThere = false;
    void Promise.all([run(), run(), run()]);
    await settled();
    expect(calls.underWay).toHaveLength(1);
    token.isThere = true;
    await calls.endNext();
    expect(calls.underWay).toHaveLength(2);
  });
});

describe('a bad key in a fleet without Redis', () => {
  const names = Array.from({ length: 6 }, (_, index) => `instance-${index}`);

  it('is not tried by six instances together after the first refusals', async () => {
    const clock = TestClock.still();
    const rests = names.map((instance) => new LocalCredentialRests(clock, { fleetSize: 6, instance }));
    for (const each of rests) await each.refused(false);
    const tries: number[] = [];
    for (let window = 0; window < 8; window += 1) {
      clock.advance(restMs);
      let count = 0;
      for (const each of rests) {
        const mayTry = await each.acquire().then(
          () => true,
          () => false,
        );
        if (mayTry) await each.refused(false);
        count += mayTry ? 1 : 0;
      }
      tries.push(count);
    }
    expect(Math.max(...tries)).toBeLessThanOrEqual(5);
    expect(tries.reduce((sum, each) => sum + each)).toBe((8 / 2) * names.length);
  });
});
