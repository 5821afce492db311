/** How a service gets on with its Redis, as tests can see it: in the health route and in the log. */
import type { RedisProcess } from './redis-server.js';
import { adminKey, type TestService } from './service.js';
import { until } from './until.js';

/** The time after which a Redis counts as hanging, in ms: long enough that a busy machine rarely answers later. */
export const hangLimitMs = 2_000;

export async function redisState(service: TestService): Promise<string> {
  return (await service.get('/health')).body.redis as string;
}

export async function untilUp(service: TestService): Promise<void> {
  await until(async () => (await redisState(service)) === 'up');
}

export async function isInAgreement(service: TestService): Promise<boolean> {
  const headers = { 'X-API-Key': adminKey };
  return (await service.request('/v1/admin/cache', { headers })).body.inAgreement as boolean;
}

/** Waits until every instance hears the others. Before that, instances treat entries from Redis as stale. */
export async function untilInAgreement(...services: TestService[]): Promise<void> {
  await until(async () => (await Promise.all(services.map(isInAgreement))).every(Boolean));
}

/**
 * Waits until the budget takes this Redis for one that has lost no accounts. A Redis that was started less than two
 * seconds ago may have lost them, and the budget would wait for an instance that knows the lost calls.
 */
export async function untilAccountsAreTrusted(redis: RedisProcess): Promise<void> {
  const uptimeSeconds = async () =>
    Number(/uptime_in_seconds:(\d+)/.exec(String(await redis.cli('INFO')))?.[1]);
  await until(async () => (await uptimeSeconds()) > 2);
}

/** The log lines about Redis, each as a word: a state, or `OOM` and `OOM ended` for a refusal. */
export function redisLog(service: TestService): string[] {
  return service
    .logText()
    .split('\n')
    .filter((line) => line.includes('"msg":"Redis '))
    .map((line) => JSON.parse(line) as { msg: string; state?: string; refusal?: string })
    .map(({ msg, state, refusal }) => {
      if (refusal !== undefined) return msg.includes('again') ? `${refusal} ended` : refusal;
      return state ?? (msg === 'Redis is connected' ? 'up' : msg);
    });
}

/**
 * The log from the first `up` on. A process that stalls while it connects for the first time may log `down` before. With
 * `hangLimitMs`, a process that stalls later may log states that no test caused: such a test looks at the last states.
 */
export function logOnceUp(service: TestService): string[] {
  const log = redisLog(service);
  return log.slice(Math.max(0, log.indexOf('up')));
}

/** The states without `down`: a busy machine may take a Redis that hangs for one that is gone. No state repeats. */
export function statesButDown(service: TestService): string[] {
  return logOnceUp(service)
    .filter((state) => state !== 'down')
    .filter((state, index, states) => state !== states[index - 1]);
}

/** Requests one list after the other until `ended`, as a consumer would. @returns the statuses of all answers. */
export async function askUntil(
  ended: () => unknown,
  service: TestService,
): Promise<{ statuses: Set<number> }> {
  const statuses = new Set<number>();
  for (let list = 0; !(await ended()); list += 1) {
    const path = `/v1/registry-images?name=asked-${performance.now()}-${list}`;
    statuses.add((await service.get(path)).status);
  }
  return { statuses };
}
