import { describe, expect, it } from '@jest/globals';
import { CredentialRefused, UpstreamError } from '../../../../src/hss/errors.js';
import { IamAuthentication } from '../../../../src/hss/credential/iam-authentication.js';
import type { FetchedToken } from '../../../../src/hss/credential/iam-token.js';
import type { Clock } from '../../../../src/time/clock.js';
import { TestClock } from '../../../support/test-clock.js';

const hour = 3_600_000;
const minute = 60_000;
const day = 24 * hour;
const request = { method: 'GET', url: new URL('https://hss.example/'), headers: { region: 'r' } } as const;
const user = { domain: 'company', user: 'reader', password: 'Secret-Password-1' };

/** An IAM whose fetches wait until the test ends them. */
class HandFedIam {
  readonly #waiting: { resolve: (token: FetchedToken) => void; reject: (error: unknown) => void }[] = [];
  fetches = 0;

  readonly fetch = (): Promise<FetchedToken> => {
    this.fetches += 1;
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  };

  async issue(value: string, lifeMs = day): Promise<void> {
    this.#waiting.shift()!.resolve({ value, lifeMs });
    await settled();
  }

  async fail(error: unknown): Promise<void> {
    this.#waiting.shift()!.reject(error);
    await settled();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function setUp(clock: Clock = TestClock.still()) {
  const iam = new HandFedIam();
  const authentication = new IamAuthentication(user, clock, iam.fetch);
  const token = async () => {
    const headers = await authentication.authorize(request);
    authentication
      .dueRenewal()?.()
      .catch(() => undefined);
    return headers['X-Auth-Token'];
  };
  const failure = async () => {
    const error: unknown = await token().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamError);
    return error as UpstreamError;
  };
  return { iam, authentication, token, failure };
}

describe('IAM tokens', () => {
  it('are fetched once for a hundred callers and added to the headers', async () => {
    const { iam, authentication } = setUp();
    const callers = Promise.all(Array.from({ length: 100 }, () => authentication.authorize(request)));
    await iam.issue('token-1');
    expect(new Set((await callers).map((headers) => JSON.stringify(headers)))).toEqual(
      new Set(['{"region":"r","X-Auth-Token":"token-1"}']),
    );
    expect(iam.fetches).toBe(1);
  });

  it('are renewed in the background before they end', async () => {
    const clock = TestClock.still();
    const { iam, token } = setUp(clock);
    const first = token();
    await iam.issue('token-1');
    await first;
    clock.advance(0.79 * day);
    expect(await token()).toBe('token-1');
    expect(iam.fetches).toBe(1);
    clock.advance(0.02 * day);
    expect(await token()).toBe('token-1');
    expect(await token()).toBe('token-1');
    expect(iam.fetches).toBe(2);
    await iam.issue('token-2');
    expect(await token()).toBe('token-2');
    expect(iam.fetches).toBe(2);
  });

  it('are used to their end if no new token can be fetched', async () => {
    const clock = TestClock.still();
    const { iam, token, failure } = setUp(clock);
    const first = token();
    await iam.issue('token-1');
    await first;
    clock.advance(0.9 * day);
    expect(await token()).toBe('token-1');
    await iam.fail(new UpstreamError('upstream-unavailable', 'IAM is down'));
    expect(await token()).toBe('token-1');
    expect(iam.fetches).toBe(2);
    clock.advance(0.1 * day - 30_000);
    const failing = failure();
    await iam.fail(new UpstreamError('upstream-unavailable', 'IAM is down'));
    expect((await failing).code).toBe('upstream-unavailable');
  });

  it('live by the monotonic clock, not by the wall clock', async () => {
    const clock = TestClock.still();
    let wallOffMs = 0;
    const { iam, token } = setUp({
      now: () => clock.now() + wallOffMs,
      monotonic: clock.monotonic,
      after: clock.after,
    });
    const first = token();
    await iam.issue('token-1');
    await first;
    for (wallOffMs of [-10 * day, 10 * day, 0]) expect(await token()).toBe('token-1');
    expect(iam.fetches).toBe(1);
    clock.advance(day);
    const second = token();
    await iam.issue('token-2');
    expect(await second).toBe('token-2');
  });

  it('with a life of seconds are still used more than once', async () => {
    const clock = TestClock.still();
    const { iam, token } = setUp(clock);
    const first = token();
    await iam.issue('token-1', 20_000);
    await first;
    clock.advance(10_000);
    expect(await token()).toBe('token-1');
    expect(iam.fetches).toBe(1);
  });

  it('are dropped once, even if several calls were refused', async () => {
    const { iam, authentication, token } = setUp();
    const first = token();
    await iam.issue('token-1');
    await first;
    const refused = { 'X-Auth-Token': 'token-1' };
    expect(authentication.refused(refused)).toBe(true);
    const second = token();
    expect(authentication.refused(refused)).toBe(true);
    const third = token();
    await iam.issue('token-2');
    expect(await Promise.all([second, third])).toEqual(['token-2', 'token-2']);
    // A late refusal refers to a token that was dropped already.
    expect(authentication.refused(refused)).toBe(true);
    expect(await token()).toBe('token-2');
    expect(iam.fetches).toBe(2);
  });

  it('are not fetched for ten seconds after a failed fetch', async () => {
    const clock = TestClock.still();
    const { iam, token, failure } = setUp(clock);
    const failing = [failure(), failure()];
    await iam.fail(new Error('something odd'));
    for (const error of await Promise.all(failing)) expect(error.code).toBe('upstream-unavailable');
    clock.advance(9_000);
    const resting = await failure();
    expect(resting.code).toBe('upstream-unavailable');
    expect(resting.retryAt! - clock.now()).toBeGreaterThan(0);
    expect(resting.retryAt! - clock.now()).toBeLessThanOrEqual(1_000);
    expect(iam.fetches).toBe(1);
    clock.advance(1_001);
    const again = token();
    await iam.issue('token-1');
    expect(await again).toBe('token-1');
    expect(iam.fetches).toBe(2);
  });

  it('are not fetched while IAM throttles', async () => {
    const clock = TestClock.still();
    const { iam, failure } = setUp(clock);
    const failing = failure();
    const upstream = { status: 429, code: null, requestId: null };
    await iam.fail(new UpstreamError('upstream-throttled', 'slow down', upstream, clock.now() + minute));
    await failing;
    clock.advance(59_000);
    expect((await failure()).code).toBe('upstream-throttled');
    expect(iam.fetches).toBe(1);
  });

  it('rest for five minutes after a refused password, without a further refusal', async () => {
    const clock = TestClock.still();
    const { iam, failure, token } = setUp(clock);
    const failing = failure();
    await iam.fail(new CredentialRefused({ status: 401, code: null, requestId: null }));
    expect(await failing).toBeInstanceOf(CredentialRefused);
    clock.advance(5 * minute - 1_000);
    const resting = await failure();
    expect(resting.code).toBe('upstream-unauthorized');
    expect(resting).not.toBeInstanceOf(CredentialRefused);
    expect(resting.retryAt! - clock.now()).toBeLessThanOrEqual(1_000);
    expect(iam.fetches).toBe(1);
    clock.advance(1_001);
    const again = token();
    await iam.issue('token-1');
    expect(await again).toBe('token-1');
  });

  it('have a fingerprint that changes with the password and hides it', () => {
    const of = (password: string) =>
      new IamAuthentication({ ...user, password }, TestClock.still(), new HandFedIam().fetch).fingerprint;
    expect(of('a')).toBe(of('a'));
    expect(of('a')).not.toBe(of('b'));
    expect(of('Secret-Password-1')).not.toContain('Secret');
  });
});
