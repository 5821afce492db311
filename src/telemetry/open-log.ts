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
    // With 0, `flush` would not wait until the bytes are written.
    minLength: 1,
    maxWrite: longestPieceBytes,
    maxLength: mostBufferedBytes,
  });
  const pieces = inPieces(buffered, clock);
  let dropped = 0;
  buffered.on('drop', (piece: string) => (dropped += piece.split('\n').length - 1));
  // A full disk or a closed output must not end the service.
  for (const writer of [direct, buffered]) writer.on('error', () => (dropped += 1));
  return {
    log: pino(options, direct),
    // These lines have fields of their own choice only. Looking for headers in each took 5 µs, the line itself 1 µs.
    hitLog: pino({ ...options, redact: [] }, pieces),
    get dropped() {
      return dropped;
    },
    async flush() {
      let cancel = () => {};
      const limit = new Promise<void>((resolve) => {
        cancel = clock.after(flushLimitMs, resolve);
      });
      pieces.flush();
      const written = new Promise<void>((resolve) => buffered.flush(() => resolve()));
      await Promise.race([written, limit]).finally(cancel);
      // A write that was under way leaves the lines after it in the buffer.
      pieces.flush();
      buffered.flushSync();
    },
  };
}

/**
 * Hands lines over in pieces: the buffer looks at all of its text again for each write, which took longer than to make
 * the line. Lines about hits are ASCII, so a piece is as long as its text.
 */
function inPieces(buffer: { write(text: string): void }, clock: Timer) {
  let piece = '';
  let isWaiting = false;
  const flush = () => {
    if (piece !== '') buffer.write(piece);
    piece = '';
  };
  const flushLater = () => {
    isWaiting = true;
    clock.after(flushEveryMs, () => {
      isWaiting = false;
      flush();
    });
  };
  return {
    write(line: string): void {
      if (piece.length + line.length > longestPieceBytes) flush();
      if (!isWaiting) flushLater();
      piece += line;
    },
    flush,
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
