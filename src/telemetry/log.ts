import type { Logger } from 'pino';

/** The logger as all rooms use it. The signature is pino's: fields first. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
