import type { Logger } from 'pino';

/** What the rooms need of a logger: pino's signature, fields first. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
