/**
 * Answers malformed HTTP: bytes that Node's parser refuses. Node then hands over the bare socket, without a request
 * object, so the answer is written by hand. Used as Fastify's `clientErrorHandler`.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { longestUrl } from './admission.js';
import { Problem, renderProblem } from './problem.js';
import type { ProblemOptions } from './send-problem.js';

/** The parser's error; `rawPacket` holds the bytes that were read last. */
type MalformedHttp = NodeJS.ErrnoException & { rawPacket?: unknown };

export function answerMalformedHttp(
  error: MalformedHttp,
  socket: Socket,
  { clock, publicBasePath, isDemo }: ProblemOptions,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = explainMalformed(error);
  const { status, headers, body } = renderProblem(problem, randomUUID(), publicBasePath, clock.now());
  const lines = Object.entries({
    ...headers,
    ...(isDemo ? { 'x-demo-data': 'true' } : {}),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
      `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}

const urlTooLong = new RegExp(`^[A-Z]+ \\S{${longestUrl}}`);

function explainMalformed({ code, rawPacket }: MalformedHttp): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Problem('invalid-request', 'The request did not arrive in time');
  if (code !== 'HPE_HEADER_OVERFLOW')
    return new Problem('invalid-request', 'This is not a valid HTTP request');
  // Node counts the URL as part of the headers.
  return Buffer.isBuffer(rawPacket) && urlTooLong.test(rawPacket.toString('latin1'))
    ? new Problem('uri-too-long', `The URL is longer than ${longestUrl} characters`)
    : new Problem('headers-too-large', 'The headers are larger than 16 KiB');
}
