import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';

/** Codes of broken connections and TLS handshakes: the connection is gone, and nothing else is damaged. */
const ofConnection = /^(E[A-Z]{4,}|ERR_(SSL|TLS)_\w+|[A-Z_]*CERT[A-Z_]*|UNABLE_TO_[A-Z_]+)$/;

/**
 * Logs errors that no code has caught, with their number since the start. A promise that nobody waits for, and a
 * connection that broke unwatched, leave the service as it was: it lives on. After any other error its state is not
 * known.
 * @param end ends the process with a failure.
 */
export function watchStrayErrors(
  process: EventEmitter,
  log: Pick<Logger, 'error' | 'fatal'>,
  end: () => void,
): void {
  let strays = 0;
  process.on('unhandledRejection', (err: unknown) => {
    strays += 1;
    log.error({ err, strays }, 'A promise was rejected and nobody waited for it; the service goes on');
  });
  process.on('uncaughtException', (err: unknown) => {
    strays += 1;
    if (isOfConnection(err)) {
      log.error({ err, strays }, 'A connection broke and nobody was told; the service goes on');
      return;
    }
    log.fatal({ err, strays }, 'An error was not caught; the service ends');
    end();
  });
}

function isOfConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ofConnection.test(String(error.code));
}
