/**
 * A real Redis for one test file: a process of its own on a free port of 127.0.0.1, with no data on disk. Tests can
 * kill the process, pause it and bring it back on the same port. The machine's own Redis on 6379 is never used.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { guard } from './guard.js';
import { unusedPort } from './unused-port.js';

export type RedisReply = string | number | null | RedisReply[];

export interface RedisOptions {
  /** More command line options of redis-server: `['--maxmemory', '1mb']`. */
  args?: string[];
  password?: string;
  /** A free port by default. */
  port?: number;
  /** Lines of a sentinel's configuration file; with these lines the process is a sentinel. */
  sentinel?: string[];
  /** Certificate and key in PEM; with these Redis speaks only TLS. Both ends trust the certificate. */
  tls?: { certificate: string; key: string };
}

const host = '127.0.0.1';
const readyWithinMs = 60_000;
const cliWithinMs = 60_000;
const mostBinds = 5;

/** Settings as command line options of redis-server. */
export function redisFlags(settings: Record<string, string | number>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function program(): string {
  return process.env['REDIS_SERVER_BIN'] ?? 'redis-server';
}

/**
 * Whether redis-server is built with TLS. A value that is no port makes either build refuse its settings and exit at
 * once: a build with TLS complains about the value, a build without TLS does not know the setting.
 */
export function redisSpeaksTls(): boolean {
  const { stdout, stderr } = spawnSync(program(), ['--tls-port', 'none'], { encoding: 'utf8' });
  return !/Bad directive/i.test(`${stdout}${stderr}`);
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisProcess> {
  for (let bind = 1; ; bind += 1) {
    const redis = new RedisProcess(options.port ?? (await unusedPort()), options);
    try {
      await redis.start();
      return redis;
    } catch (error) {
      // Another process may take the port between our look for a free port and the start of Redis.
      if (!(error instanceof PortTaken) || options.port !== undefined || bind === mostBinds) throw error;
    }
  }
}

export class RedisProcess {
  #child: ChildProcess | undefined;
  #folder = '';
  #log = '';

  constructor(
    readonly port: number,
    private readonly options: RedisOptions,
  ) {}

  get url(): string {
    const { password } = this.options;
    const scheme = this.options.tls ? 'rediss' : 'redis';
    return `${scheme}://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${this.address}`;
  }

  /** Host and port, as the settings take them. */
  get address(): string {
    return `${host}:${this.port}`;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when Redis answers PING. `startRedis` calls this itself; tests call it after `stop` or `kill`. */
  async start(): Promise<void> {
    if (this.#child) throw new Error('this Redis is running already');
    this.#folder = mkdtempSync(join(tmpdir(), 'hss-bff-redis-'));
    this.#log = '';
    const { args = [], password } = this.options;
    const child = spawn(
      program(),
      [
        ...this.#kind(),
        ...redisFlags({ bind: host, dir: this.#folder, daemonize: 'no' }),
        ...this.#listening(),
        ...(password === undefined ? [] : redisFlags({ requirepass: password })),
        ...args,
      ],
      // Detached, so that Ctrl-C in a terminal reaches only the tests, which then end Redis.
      { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    );
    this.#child = child;
    const record = (chunk: Buffer): void => void (this.#log = (this.#log + chunk.toString()).slice(-8_192));
    child.stdout.on('data', record);
    child.stderr.on('data', record);
    child.on('error', (error) => {
      this.#log += error.message;
      this.#forget(child);
    });
    child.on('exit', () => {
      this.#forget(child);
    });
    guard(child, this.#folder);
    await this.#ready();
  }

  /** Ends Redis in good order: clients see their connections closed. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends Redis as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends Redis and brings it back, empty, on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Makes Redis hang: the kernel still accepts connections, but no command is answered. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Sends one command over a new connection, for assertions: `await redis.cli('GET', 'key')`. */
  async cli(...command: string[]): Promise<RedisReply> {
    const { password } = this.options;
    const commands = password === undefined ? [command] : [['AUTH', password], command];
    const replies = await send(this.#connect(), commands);
    const failed = replies.find((reply) => reply instanceof Error);
    if (failed) throw failed;
    return replies.at(-1) as RedisReply;
  }

  #kind(): string[] {
    const { sentinel } = this.options;
    if (!sentinel) return redisFlags({ save: '', appendonly: 'no' });
    const file = join(this.#folder, 'sentinel.conf');
    writeFileSync(file, sentinel.join('\n'));
    return [file, '--sentinel'];
  }

  #listening(): string[] {
    const { tls } = this.options;
    if (!tls) return redisFlags({ port: this.port });
    const [certificate, key] = [join(this.#folder, 'certificate.pem'), join(this.#folder, 'key.pem')];
    writeFileSync(certificate, tls.certificate);
    writeFileSync(key, tls.key);
    return redisFlags({
      port: 0,
      'tls-port': this.port,
      'tls-auth-clients': 'no',
      'tls-cert-file': certificate,
      'tls-key-file': key,
      'tls-ca-cert-file': certificate,
      'tls-replication': 'yes',
      'tls-cluster': 'yes',
    });
  }

  #connect(): Socket {
    const { tls } = this.options;
    if (!tls) return connect(this.port, host);
    return connectTls({ port: this.port, host, ca: tls.certificate });
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + readyWithinMs;
    while (performance.now() < deadline && this.#child) {
      // A foreign Redis on this port would answer too, so wait until the log of our process says that it listens.
      if (/Ready to accept connections|Sentinel ID is/.test(this.#log)) {
        const pong = await this.cli('PING').catch(() => undefined);
        if (pong === 'PONG') return;
      }
      await sleep(10);
    }
    const log = this.#log;
    await this.kill();
    if (/Address already in use/i.test(log)) throw new PortTaken(`port ${this.port} is taken`);
    throw new Error(`redis-server did not get ready; it said: ${log.trim()}`);
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    child.kill('SIGCONT'); // a paused process would never see SIGTERM
    await gone;
  }

  #signal(signal: NodeJS.Signals): void {
    if (!this.#child) throw new Error('this Redis is not running');
    this.#child.kill(signal);
  }

  #forget(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

class PortTaken extends Error {}

async function send(socket: Socket, commands: string[][]): Promise<(RedisReply | Error)[]> {
  socket.setTimeout(cliWithinMs, () => socket.destroy(new Error(`no answer within ${cliWithinMs} ms`)));
  socket.write(commands.map(encode).join(''));
  let received = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      const replies = decodeAll(received);
      if (replies.length >= commands.length) return replies;
    }
  } finally {
    socket.destroy();
  }
  throw new Error('Redis closed the connection before it answered');
}

function encode(command: string[]): string {
  return `*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
}

/** All complete RESP2 replies in the buffer; an incomplete last reply is left out. */
function decodeAll(buffer: Buffer): (RedisReply | Error)[] {
  const replies: (RedisReply | Error)[] = [];
  for (let at = 0; at < buffer.length;) {
    const decoded = decode(buffer, at);
    if (!decoded) break;
    replies.push(decoded.reply);
    at = decoded.end;
  }
  return replies;
}

function decode(buffer: Buffer, at: number): { reply: RedisReply | Error; end: number } | undefined {
  const lineEnd = buffer.indexOf('\r\n', at);
  if (lineEnd < 0) return undefined;
  const kind = String.fromCharCode(buffer[at] ?? 0);
  const line = buffer.toString('utf8', at + 1, lineEnd);
  const end = lineEnd + 2;
  if (kind === '+') return { reply: line, end };
  if (kind === '-') return { reply: new Error(line), end };
  if (kind === ':') return { reply: Number(line), end };
  if (kind === '$') {
    const size = Number(line);
    if (size < 0) return { reply: null, end };
    if (buffer.length < end + size + 2) return undefined;
    return { reply: buffer.toString('utf8', end, end + size), end: end + size + 2 };
  }
  if (kind !== '*') throw new Error(`not a RESP2 reply: ${kind}${line}`);
  if (Number(line) < 0) return { reply: null, end };
  const items: RedisReply[] = [];
  let next = end;
  for (let count = Number(line); count > 0; count -= 1) {
    const item = decode(buffer, next);
    if (!item) return undefined;
    if (item.reply instanceof Error) return { reply: item.reply, end: item.end };
    items.push(item.reply);
    next = item.end;
  }
  return { reply: items, end: next };
}
