/** Shared by the tests of the credentials for HSS: each test starts its own emulators, services and Redis servers. */
import { expect } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { EmulatorOptions } from '../../emulator/options.js';
import type { JournalEntry } from '../../emulator/traffic/journal.js';
import { useCleanUp } from './clean-up.js';
import { startRedis, type RedisProcess } from './redis-server.js';
import { startService, type TestAnswer, type TestService } from './service.js';

interface SigningIn {
  emulate: (options?: EmulatorOptions) => Promise<Emulator>;
  serve: (...options: Parameters<typeof startService>) => Promise<TestService>;
  redisServer: () => Promise<RedisProcess>;
}

/** Registers a hook in the `describe` block that calls it. The hook closes what a test started. */
export function useSigningIn(): SigningIn {
  const closeLater = useCleanUp();
  return {
    emulate: async (options = {}) =>
      closeLater(await startEmulator({ rate: 'off', totalRate: 'off', ...options }), (emulator) =>
        emulator.close(),
      ),
    serve: async (...options) => closeLater(await startService(...options), (service) => service.close()),
    redisServer: async () => closeLater(await startRedis(), (redis) => redis.stop()),
  };
}

export const wrongSk = { CLOUD_SDK_SK: 'wrongSecretKeyThatOpensNothing0000000001' };

/** The four ways to sign in, with the settings of each. */
export const waysToSignIn: [string, (emulator: Emulator) => Record<string, string>][] = [
  ['AK/SK', () => ({})],
  ['temporary keys', temporaryKeys],
  ['an IAM user', () => ({ HSS_AUTH: 'iam' })],
  ['a fixed token', () => ({ HSS_AUTH: 'token' })],
];

export function temporaryKeys({ credentials: { temporary } }: Emulator): Record<string, string> {
  return {
    CLOUD_SDK_AK: temporary!.ak,
    CLOUD_SDK_SK: temporary!.sk,
    CLOUD_SDK_SECURITY_TOKEN: temporary!.securityToken,
  };
}

let lists = 0;
/** The path of a list that no test asked for before. */
export const anotherList = () => `/v1/registry-images?name=list-${(lists += 1)}`;

export const hssCalls = ({ journal }: Emulator) => journal.calls().filter(({ api }) => api !== 'CreateToken');
export const refusals = ({ journal }: Emulator) => journal.calls().filter(({ outcome }) => outcome === 401);

/** Expects the problem that blames the service's credentials, not the consumer. */
export function expectUpstreamUnauthorized({ status, body }: TestAnswer): void {
  expect(status).toBe(502);
  expect(body).toMatchObject({ code: 'upstream-unauthorized' });
}

/** @returns whether one of the calls arrived before the call before it was finished. */
export function overlaps(calls: readonly JournalEntry[]): boolean {
  const inOrder = [...calls].sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
  return inOrder.some((call, at) => at > 0 && call.arrivedAtMs < (inOrder[at - 1]?.finishedAtMs ?? Infinity));
}
