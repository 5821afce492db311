import { isCount, isNumber, isText, type Check } from '../json/checks.js';
import { RedisUnavailable } from '../redis/redis-errors.js';
import type { RedisLink } from '../redis/redis-link.js';
import { sleep, type Clock } from '../time/clock.js';

/*
 * The messages between instances and the Redis keys behind them. Used by FleetNews, FleetPurges and the two tiers. If
 * a word here changes, two versions in one fleet no longer understand each other.
 */

export type FleetMessage =
  | ['stored', keyHash: string, fence: number]
  | ['failed', keyHash: string, text: string, count: number, remainingMs: number]
  | ['purged', tag: string, generation: number]
  /** Acknowledges a purge. */
  | ['heard', generation: number, instance: string]
  /** Heartbeat, with the number of the last purge that the instance knows. Release 0.1.0 sends 0. */
  | ['here', generation: number, instance: string]
  /** Broadcast that does not concern the cache. */
  | ['told', text: string, instance: string];

/** How long a purge or a broadcast waits for a Redis that does not answer in time. */
const patienceMs = 500;
const patientRetryEveryMs = 20;

export function fleetChannel(redis: RedisLink): string {
  return redis.key('cache', 'news');
}

/** All keys share one hash tag: the keys of a script must lie on one node of a cluster. */
export function fleetKeys(redis: RedisLink): [purges: string, generation: string, instances: string] {
  const key = (name: string) => redis.key('cache', '{fleet}', name);
  return [key('purges'), key('generation'), key('instances')];
}

/** Holds the number of the last purge whose entries were deleted from Redis. */
export function sweptKey(redis: RedisLink): string {
  return redis.key('cache', '{fleet}', 'swept');
}

export function encodeMessage(message: FleetMessage): string {
  return JSON.stringify(message);
}

/** The checks of a message's elements after its word. A message can have further elements: those of a newer release. */
const elements: Record<FleetMessage[0], readonly Check[]> = {
  stored: [isText, isCount],
  failed: [isText, isText, isCount, isNumber],
  purged: [isText, isCount],
  heard: [isCount, isText],
  here: [isNumber, isText],
  told: [isText, isText],
};

/** @returns undefined for garbage. An instance of another version may send words that are unknown here. */
export function decodeMessage(text: string): FleetMessage | undefined {
  try {
    const message = JSON.parse(text) as unknown;
    if (!Array.isArray(message)) return undefined;
    const [word, ...rest] = message as [FleetMessage[0], ...unknown[]];
    const checks = Object.hasOwn(elements, word) ? elements[word] : undefined;
    return checks?.every((check, index) => check(rest[index])) ? (message as FleetMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws RedisUnavailable */
export async function publish(redis: RedisLink, message: FleetMessage): Promise<void> {
  await redis.run((client) => client.publish(fleetChannel(redis), encodeMessage(message)));
}

/**
 * Repeats a command for up to half a second while Redis fails to answer in time. Requests never wait that long.
 * Purges wait, because after an error an operator could only send the purge again.
 * @throws RedisUnavailable
 */
export async function patiently<T>(clock: Clock, command: () => Promise<T>): Promise<T> {
  const givesUpAt = clock.monotonic() + patienceMs;
  for (;;) {
    try {
      return await command();
    } catch (error) {
      if (!(error instanceof RedisUnavailable) || clock.monotonic() > givesUpAt) throw error;
      await sleep(clock, patientRetryEveryMs);
    }
  }
}
