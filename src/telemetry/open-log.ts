/**
 * The log of the process, on standard output. Lines about hits are buffered and written in the background: they are many,
 * and writing each at once took a quarter of the hits. All other lines, audit lines too, are written at once and in
 * their order. Only service start and end use this file.
 */
import { destination, pino, type Logger, type LoggerOptions } from 'pino';
import { isTracing, traceFields } from './tracing.js';

/** A hit line waits for at most this long. A process that is killed loses no other lines. */
const flushEveryMs = 100;
/** The system writes this much to a pipe in one piece (PIPE_BUF), so lines of the two writers never mix. */
const longestPieceBytes = 4_096;
const flushFromBytes = 3_072;
/** When nobody reads the log, hit lines above this are dropped and counted. */
const mostBufferedBytes = 8 * 1024 * 1024;
/** The end of the process waits no longer for a reader of the log. */
const flushLimitMs = 2_000;

/** The part of a Clock (src/time) that this room needs. */
interface Timer {
  after(delayMs: number, action: () => void): () => void;
}

export interface ProcessLog {
  readonly log: Logger;
  /** For lines about hits alone. */
  readonly hitLog: Logger;
  /** Hit lines that were dropped since the start, and writes that failed. */
  readonly dropped: number;
  /** Resolves when all lines are written. */
  flush(): Promise<void>;
}

/**
 * @param clock of the process.
 * @param file a file descriptor; 1 is standard output.
 */
export function openLog(options: LoggerOptions, clock: Timer, file = 1): ProcessLog {
  const direct = destination({ dest: file, sync: true });
  const buffered = destination({
    dest: file,
    sync: false,
    minLength: flushFromBytes,
    maxWrite: longestPieceBytes,
    maxLength: mostBufferedBytes,
    periodicFlush: flushEveryMs,
  });
  let dropped = 0;
  buffered.on('drop', () => (dropped += 1));
  // A full disk or a closed output must not end the service.
  for (const writer of [direct, buffered]) writer.on('error', () => (dropped += 1));
  return {
    log: pino(options, direct),
    // These lines have fields of their own choice only. Looking for headers in each took 5 µs, the line itself 1 µs.
    hitLog: pino({ ...options, redact: [] }, buffered),
    get dropped() {
      return dropped;
    },
    async flush() {
      let cancel = () => {};
      const limit = new Promise<void>((resolve) => {
        cancel = clock.after(flushLimitMs, resolve);
      });
      const written = new Promise<void>((resolve) => buffered.flush(() => resolve()));
      await Promise.race([written, limit]).finally(cancel);
      // A write that was under way leaves the lines after it in the buffer.
      buffered.flushSync();
    },
  };
}

/** @param level the lowest level that is written. */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    // No code logs headers or settings today. The list protects against a future mistake.
    redact: [
      '*.authorization',
      '*["x-auth-token"]',
      '*["x-api-key"]',
      'err.config',
      'err.request',
      'err.response',
    ],
    ...(isTracing() ? { mixin: traceFields } : {}),
  };
}
