/** The limits and the rules of connections to this service, before any request reaches the admission. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchanges } from './exchanges.js';
import type { MalformedHttpAnswers } from './malformed-http.js';
import { Problem } from './problem.js';

/** The largest number of connections. Further ones are closed at once (docs/limits.md). */
const mostConnections = 10_000;
const longestCheckMs = 1_000;

/**
 * The options of Node's server. A request has to arrive within the deadline, with headers and body. After that time
 * Node reports a `clientError`.
 */
export function serverLimits(requestDeadlineMs: number) {
  return {
    // Node refuses to start when its own limit for whole requests is shorter than the limit for headers.
    requestTimeout: requestDeadlineMs,
    headersTimeout: requestDeadlineMs,
    connectionsCheckingInterval: Math.min(longestCheckMs, Math.ceil(requestDeadlineMs / 4)),
    // The admission refuses a missing Host header with a problem; Node would answer without a problem.
    requireHostHeader: false,
  };
}

/** Must be called before the hot path is installed. */
export function installConnectionRules(
  server: Server,
  exchanges: Exchanges,
  malformed: MalformedHttpAnswers,
): void {
  server.maxConnections = mostConnections;
  // Node would drop every header after the thousandth silently. The size of the headers is limited anyway.
  server.maxHeadersCount = 0;
  exchanges.watch(server);
  // A client that waits for `100 Continue` before it sends its body gets it after the admission, from json-body.ts.
  server.on('checkContinue', (...exchange) => server.emit('request', ...exchange));
  // Node would answer an unknown expectation with a bare 417; RFC 9110 allows to ignore the expectation.
  server.on('checkExpectation', (...exchange) => server.emit('request', ...exchange));
  const allow = ['GET', 'HEAD', 'POST'];
  server.on('connect', (_request, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    malformed.send(new Problem('method-not-allowed', 'This service is no proxy', { allow }), socket);
  });
}
