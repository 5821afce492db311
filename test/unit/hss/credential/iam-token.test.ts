import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { startEmulator } from '../../../../emulator/emulator.js';
import { CredentialRefused, UpstreamError } from '../../../../src/hss/errors.js';
import { fetchIamToken } from '../../../../src/hss/credential/iam-token.js';
import { Transport } from '../../../../src/hss/transport.js';
import { systemClock } from '../../../../src/time/clock.js';
import { startUpstream } from '../../../support/upstream-server.js';

const password = 'Emulated-Password-1';

describe('a token of IAM', () => {
  const closing: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  function fetchFrom(endpoint: string, user: object = {}) {
    const transport = new Transport(systemClock);
    closing.push(() => transport.close());
    const iam = { endpoint, projectId: 'p', domain: 'emulated-company', user: 'hss-reader', password };
    return fetchIamToken(transport, systemClock, { ...iam, timeoutMs: 5_000, ...user });
  }

  async function fetchAnswered(answer: (response: ServerResponse) => void) {
    const upstream = await startUpstream((_request, response) => answer(response));
    closing.push(() => upstream.close());
    return fetchFrom(upstream.url);
  }

  async function failureOf(work: Promise<unknown>): Promise<UpstreamError> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UpstreamError);
    const shown = JSON.stringify({ ...(error as object), text: String((error as Error).stack) });
    expect(shown).not.toContain(password);
    return error as UpstreamError;
  }

  it('is fetched with password and project, even at the greatest length', async () => {
    const emulator = await startEmulator({ projectId: 'p', tokenLength: 32_768, tokenLifeMs: 3_600_000 });
    closing.push(() => emulator.close());
    const { value, lifeMs } = await fetchFrom(emulator.url);
    expect(value).toHaveLength(32_768);
    expect(lifeMs).toBe(3_600_000);
  });

  it.each([
    ['a wrong password', { password: 'wrong' }],
    ['an unknown user', { user: 'nobody' }],
    ['a project that is not ours', { projectId: 'other' }],
  ])('is refused for %s', async (_what, user) => {
    const emulator = await startEmulator({ projectId: 'p' });
    closing.push(() => emulator.close());
    expect(await failureOf(fetchFrom(emulator.url, user))).toBeInstanceOf(CredentialRefused);
  });

  it("lives as long as IAM's two times say, independent of our clock", async () => {
    const answer = (token: object) => (response: ServerResponse) =>
      response.writeHead(201, { 'X-Subject-Token': 'T' }).end(JSON.stringify({ token }));
    const stated = { issued_at: '2020-01-03T09:05:22.701000Z', expires_at: '2020-01-04T09:05:22.701000Z' };
    expect((await fetchAnswered(answer(stated))).lifeMs).toBe(24 * 3_600_000);
    for (const unstated of [
      {},
      { issued_at: 'x', expires_at: 'y' },
      { ...stated, issued_at: stated.expires_at },
    ])
      expect((await fetchAnswered(answer(unstated))).lifeMs).toBe(600_000);
  });

  it.each([
    [429, '{"error":{"code":429,"message":"m","title":"t"}}', 'upstream-throttled'],
    [429, '{"error_code":"IAM.0012","error_msg":"m"}', 'upstream-throttled'],
    [503, 'down', 'upstream-unavailable'],
    [400, '{"error":{"code":400,"message":"m"}}', 'upstream-invalid-response'],
    [201, '{}', 'upstream-invalid-response'],
  ])('is not returned for %s %s', async (status, body, code) => {
    const failure = await failureOf(fetchAnswered((response) => response.writeHead(status).end(body)));
    expect(failure.code).toBe(code);
    expect(failure).not.toBeInstanceOf(CredentialRefused);
  });
});
