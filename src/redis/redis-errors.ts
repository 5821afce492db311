import { ReplyError } from 'ioredis';

/** Redis cannot be used now: it is not connected, or does not answer. */
export class RedisUnavailable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`Redis is unavailable: ${reason}`, { cause });
    this.name = 'RedisUnavailable';
  }
}

/** Whether the error of a command comes from Redis: Redis cannot be used, or answered with an error reply. */
export function isOfRedis(error: unknown): boolean {
  return error instanceof RedisUnavailable || error instanceof ReplyError;
}
