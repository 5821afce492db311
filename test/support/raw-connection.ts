/** One TCP connection to a server: writes bytes exactly as a test says, and splits what comes back into HTTP answers. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './until.js';
import type { RawAnswer } from './raw-http.js';

const headEnd = '\r\n\r\n';

export class RawConnection {
  #received = '';
  #closed = false;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.#received += text));
    // What the other side has sent counts, however the connection ends.
    socket.on('error', () => undefined);
    socket.on('close', () => (this.#closed = true));
  }

  static async open(baseUrl: string): Promise<RawConnection> {
    const { hostname, port } = new URL(baseUrl);
    const connection = new RawConnection(connect(Number(port), hostname));
    await once(connection.socket, 'connect');
    return connection;
  }

  write(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
    return this;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** All complete answers so far. @throws when something else than answers came. @param heads the methods in order. */
  answers(methods: readonly string[] = []): RawAnswer[] {
    const answers: RawAnswer[] = [];
    let finals = 0;
    for (let rest = this.#received; rest !== '';) {
      const read = readAnswer(rest, methods[finals] === 'HEAD', this.#closed);
      if (!read) break;
      answers.push(read.answer);
      if (read.answer.status >= 200) finals += 1;
      rest = rest.slice(read.length);
    }
    return answers;
  }

  /** Waits for this many answers. */
  async received(count: number): Promise<RawAnswer[]> {
    await until(() => this.answers().length >= count);
    return this.answers();
  }

  /** Waits until the other side has closed the connection. */
  async ended(): Promise<RawAnswer[]> {
    await until(() => this.#closed);
    return this.answers();
  }

  /** What came after the last complete answer. */
  rest(methods: readonly string[] = []): string {
    let rest = this.#received;
    let finals = 0;
    for (;;) {
      const read = rest === '' ? undefined : readAnswer(rest, methods[finals] === 'HEAD', this.#closed);
      if (!read) return rest;
      if (read.answer.status >= 200) finals += 1;
      rest = rest.slice(read.length);
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

function readAnswer(
  text: string,
  isHead: boolean,
  isClosed: boolean,
): { answer: RawAnswer; length: number } | undefined {
  const end = text.indexOf(headEnd);
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})( |$)/.exec(statusLine)?.[1] ?? NaN);
  if (Number.isNaN(status)) throw new Error(`This is no answer: ${JSON.stringify(statusLine)}`);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const start = end + headEnd.length;
  const body = readBody(text.slice(start), headers, isHead || status < 200 || status === 304, isClosed);
  if (!body) return undefined;
  const bytes = Buffer.from(body.text, 'latin1');
  const decoded = bytes.toString('utf8');
  const isJson = /[/+]json\b/.test(headers['content-type'] ?? '') && decoded !== '';
  const answer = { status, headers, text: decoded, bytes, body: isJson ? JSON.parse(decoded) : undefined };
  return { answer, length: start + body.length };
}

function readBody(
  text: string,
  headers: NodeJS.Dict<string>,
  isEmpty: boolean,
  isClosed: boolean,
): { text: string; length: number } | undefined {
  if (isEmpty) return { text: '', length: 0 };
  if (headers['transfer-encoding'] === 'chunked') return readChunks(text);
  const length = headers['content-length'];
  if (length === undefined) return isClosed ? { text, length: text.length } : undefined;
  return text.length < Number(length)
    ? undefined
    : { text: text.slice(0, Number(length)), length: Number(length) };
}

function readChunks(text: string): { text: string; length: number } | undefined {
  let [body, at] = ['', 0];
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = parseInt(text.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (text.length < next) return undefined;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
    if (size === 0) return { text: body, length: at };
  }
}
