/** Tokens under which Nest injects values that are not instances of our classes. */
export const CLOCK = Symbol('Clock');
export const LOG = Symbol('Log');

/** A RedisLink, or null without Redis. */
export const REDIS = Symbol('Redis');
