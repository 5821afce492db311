// Servers that refuse the connection to Redis, most of them in the TLS handshake: the process lives, and the log says why.
import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { pino } from 'pino';
import type { RedisConfig } from '../../src/config/redis.js';
import { createRedis } from '../../src/redis/connect.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { systemClock } from '../../src/time/clock.js';
import { selfSigned } from '../support/certificate.js';
import { realProcess } from '../support/real-process.js';
import { until } from '../support/until.js';

const access = { username: undefined, password: undefined, keyPrefix: 'test' };
type Tls = RedisConfig['tls'];
const withTls: Tls = {};

/** The settings for each kind of Redis behind one address. */
const kinds: Record<string, (port: number, tls: Tls) => RedisConfig> = {
  single: (port, tls) => ({ ...access, tls, kind: 'single', host: '127.0.0.1', port, db: 0 }),
  sentinel: (port, tls) => ({
    ...access,
    tls,
    kind: 'sentinel',
    sentinels: [{ host: '127.0.0.1', port }],
    masterName: 'mymaster',
    sentinelPassword: undefined,
  }),
  cluster: (port, tls) => ({ ...access, tls, kind: 'cluster', nodes: [{ host: '127.0.0.1', port }] }),
};

const quiet = (socket: Socket) => socket.on('error', () => undefined);
/** What a Redis without a password tells every connection from another machine. */
const protectedMode = 'Redis is running in protected mode because protected mode is enabled';
/** How a server ends the handshake, with the reason that the log must give. */
const servers: Record<string, [() => Server, RegExp, Tls]> = {
  'has a certificate that is not trusted': [
    () => {
      const { certificate: cert, key } = selfSigned();
      return createTlsServer({ cert, key }, quiet).on('tlsClientError', () => undefined);
    },
    /self.signed certificate/,
    withTls,
  ],
  'resets in the handshake': [
    () => createTcpServer((socket) => quiet(socket).once('data', () => socket.resetAndDestroy())),
    /ECONNRESET|disconnected before secure TLS/,
    withTls,
  ],
  'speaks without TLS': [
    () =>
      createTcpServer((socket) => quiet(socket).once('data', () => socket.end('-ERR unknown command\r\n'))),
    /wrong version number|packet length too long|record layer failure/i,
    withTls,
  ],
  'speaks TLS only': [
    () => {
      const { certificate: cert, key } = selfSigned();
      return createTlsServer({ cert, key }, quiet).on('tlsClientError', () => undefined);
    },
    /it may expect TLS|Protocol error/,
    null,
  ],
  'is in protected mode': [
    () =>
      createTcpServer((socket) => quiet(socket).end(`-DENIED ${protectedMode}, and no password is set.\r\n`)),
    new RegExp(protectedMode),
    null,
  ],
};

describe('a server that refuses connections', () => {
  const closing: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  describe.each(Object.entries(servers))('and %s', (_, [start, reason, tls]) => {
    it.each(Object.entries(kinds))(
      'does not end the process, and is named in the log: %s',
      async (_kind, of) => {
        const uncaught: unknown[] = [];
        const record = (error: unknown) => uncaught.push(error);
        for (const event of ['uncaughtException', 'unhandledRejection']) realProcess.on(event, record);
        const server = start();
        let connections = 0;
        server.on('connection', () => (connections += 1));
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        closing.push(() => server.close());
        const { port } = server.address() as AddressInfo;
        let logged = '';
        const log = pino({}, { write: (line: string) => void (logged += line) });
        const link = new RedisLink(createRedis(of(port, tls)), 'test', systemClock, log);
        closing.push(() => link.close());
        void link.connect(1_000);
        await until(() => connections >= 12 && reason.test(logged));
        await link.close();
        for (const event of ['uncaughtException', 'unhandledRejection']) realProcess.off(event, record);
        expect(uncaught).toEqual([]);
        expect(logged).toMatch(reason);
      },
    );
  });
});
