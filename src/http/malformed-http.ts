/**
 * Answers what never becomes a request for Fastify: bytes that Node's parser refuses, requests that do not arrive in
 * time, and CONNECT. Node hands over the bare socket, so the answer is written by hand.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { longestUrl } from './admission.js';
import type { Exchange, Exchanges } from './exchanges.js';
import { Problem, renderProblem } from './problem.js';
import type { ProblemOptions } from './send-problem.js';
import { endAfterAnswer } from './unread-body.js';

/** The parser's error; `rawPacket` holds the bytes that were read last. */
type MalformedHttp = NodeJS.ErrnoException & { rawPacket?: unknown };

export class MalformedHttpAnswers {
  /** The parser refuses every further piece of the same connection. Only the first refusal counts. */
  readonly #refused = new WeakSet<Socket>();

  constructor(
    private readonly exchanges: Exchanges,
    private readonly options: ProblemOptions,
  ) {}

  /** For Node's `clientError`. A request gets one answer: none from here when its own answer has begun. */
  refuse(error: MalformedHttp, socket: Socket): void {
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    // A connection that was opened in advance and never used gets no answer.
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesRead === 0)
      return void socket.destroy();
    const unfinished = this.exchanges.unfinished(socket);
    if (!unfinished || isBodyAwaited(unfinished))
      return void this.exchanges.answered(socket).then(() => {
        // The request can have got its own answer meanwhile.
        if (unfinished?.response.headersSent) this.#end(unfinished.response, socket);
        else this.send(explainMalformed(error), socket, isHead(error));
      });
    this.#end(unfinished.response, socket);
  }

  /** Ends the connection after the answer. */
  #end(response: ServerResponse, socket: Socket): void {
    if (response.writableFinished) endAfterAnswer(socket, this.options.clock);
    else response.once('close', () => endAfterAnswer(socket, this.options.clock));
  }

  /** Writes the answer and ends the connection. */
  send(problem: Problem, socket: Socket, isHead = false): void {
    if (!socket.writable) return;
    const { clock, publicBasePath, isDemo } = this.options;
    const { status, headers, body } = renderProblem(problem, randomUUID(), publicBasePath, clock.now());
    const lines = Object.entries({
      ...headers,
      ...(isDemo ? { 'x-demo-data': 'true' } : {}),
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    });
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
        `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${isHead ? '' : body}`,
    );
    endAfterAnswer(socket, this.options.clock);
  }
}

/**
 * Whether code waits for the body: a route with POST reads its body, and the face for official SDKs reads the body of a
 * GET. Another request gets its own answer, for which calls may be under way.
 */
function isBodyAwaited({ request, response }: Exchange): boolean {
  return !response.headersSent && (request.method === 'POST' || request.readableFlowing !== null);
}

/** The answer to a HEAD has no body. */
function isHead({ rawPacket }: MalformedHttp): boolean {
  return Buffer.isBuffer(rawPacket) && rawPacket.toString('latin1', 0, 5) === 'HEAD ';
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
