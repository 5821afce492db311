import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { pino } from 'pino';
import { createRedis } from '../../src/redis/connect.js';
import { RedisUnavailable } from '../../src/redis/redis-errors.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { until } from '../support/until.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { unusedPort } from '../support/unused-port.js';
import { TestClock } from '../support/test-clock.js';

describe('the link to Redis', () => {
  let server: RedisProcess;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    server = await startRedis({ password: 'Redis-Secret-1' });
  });

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  afterAll(() => server.stop());

  /** A link whose clock stands still: no answer is late because the machine is busy. */
  function linkTo(port: number, password = 'Redis-Secret-1', clock = TestClock.still(), db = 0) {
    const lines: { msg: string; state?: string; reason?: string }[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const config = { kind: 'single', host: '127.0.0.1', port, db, username: undefined, password } as const;
    const link = new RedisLink(createRedis({ ...config, tls: null, keyPrefix: 'test' }), 'test', clock, log);
    closing.push(() => link.close());
    const states = () => lines.map(({ msg, state }) => state ?? (msg === 'Redis is connected' ? 'up' : msg));
    return { clock, link, lines, states };
  }

  /** A proxy between the link and Redis, which treats each connection as the test says. */
  async function proxy(treat: (client: Socket, connection: number) => void): Promise<number> {
    const sockets = new Set<Socket>();
    let connections = 0;
    const listener = createServer((client) => {
      sockets.add(client);
      client.on('error', () => undefined);
      treat(client, (connections += 1));
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    closing.unshift(() => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    });
    return (listener.address() as AddressInfo).port;
  }

  function pipe(client: Socket): void {
    const upstream = connect(server.port, '127.0.0.1');
    upstream.on('error', () => undefined);
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
  }

  /** The id of the client that is blocked on a list. */
  async function waiting(): Promise<string | undefined> {
    const clients = String(await server.cli('CLIENT', 'LIST', 'TYPE', 'normal')).split('\n');
    return /^id=(\d+)/.exec(clients.find((client) => client.includes('cmd=blpop')) ?? '')?.[1];
  }

  it('does not take a slow answer to background work for a Redis that hangs', async () => {
    const { link, clock, states } = linkTo(server.port);
    await link.connect(1_000);
    const slow = link.runAside((redis) => redis.blpop('never-written', 0.3));
    await until(waiting);
    clock.advance(1_000);
    expect(await link.run((redis) => redis.ping())).toBe('PONG');
    expect(await slow).toBeNull();
    expect(states()).toEqual(['up']);
  });

  it('ends background work with its connection, and goes on over a new connection', async () => {
    const { link, states } = linkTo(server.port);
    await link.connect(1_000);
    const stuck = link.runAside((redis) => redis.blpop('never-written', 0));
    await until(waiting);
    await server.cli('CLIENT', 'KILL', 'ID', (await waiting())!);
    await expect(stuck).rejects.toThrow(RedisUnavailable);
    expect(await link.runAside((redis) => redis.ping())).toBe('PONG');
    expect(states()).toEqual(['up']);
  });

  it('gives up background work after five seconds, and opens a new connection', async () => {
    const { link, clock, states } = linkTo(server.port);
    await link.connect(1_000);
    const stuck = link.runAside((redis) => redis.blpop('never-written', 0));
    await until(waiting);
    clock.advance(5_000);
    await expect(stuck).rejects.toThrow(RedisUnavailable);
    await until(() => link.runAside((redis) => redis.ping()).catch(() => undefined));
    expect(states()).toEqual(['up']);
  });

  it('ends the connection once for all background work that waits on it', async () => {
    const { link, clock } = linkTo(server.port);
    await link.connect(1_000);
    let socket!: Socket;
    const stuck = await link.runAside(async (redis) => {
      await redis.ping();
      ({ stream: socket } = redis as unknown as { stream: Socket });
      return Array.from({ length: 12 }, () => link.runAside(() => redis.blpop('never-written', 0)));
    });
    const before = socket.listenerCount('close');
    clock.advance(5_000);
    expect(new Set((await Promise.allSettled(stuck)).map(({ status }) => status))).toEqual(
      new Set(['rejected']),
    );
    // ioredis adds one for each `disconnect`, and Node warns of eleven.
    expect(socket.listenerCount('close')).toBe(before + 1);
  });

  it('refuses commands until it is connected', async () => {
    const { link } = linkTo(server.port);
    await expect(link.run((redis) => redis.ping())).rejects.toBeInstanceOf(RedisUnavailable);
    await link.connect(2_000);
    expect(link.isUp).toBe(true);
    expect(await link.run((redis) => redis.ping())).toBe('PONG');
  });

  it('passes on error replies of Redis and stays up', async () => {
    const { link } = linkTo(server.port);
    await link.connect(2_000);
    await expect(link.run((redis) => redis.call('NONSENSE'))).rejects.toThrow('unknown command');
    expect(link.isUp).toBe(true);
  });

  it('does not count the time in which this process was busy', async () => {
    const { link, states } = linkTo(server.port, undefined, new TestClock());
    await link.connect(2_000);
    const answer = link.run((redis) => redis.ping());
    // An answer to this later connection shows that Redis has answered `ping` before: the answer is here, unread.
    const later = `require('net').connect(${server.port}, '127.0.0.1').end('PING\\r\\n').on('data', () => process.exit())`;
    execFileSync(process.execPath, ['-e', later]);
    for (const end = performance.now() + 120; performance.now() < end;);
    expect(await answer).toBe('PONG');
    expect(states()).toEqual(['up']);
  });

  it('waits 50 ms for a Redis that hangs, and then not until Redis answers', async () => {
    const { clock, link, states } = linkTo(server.port);
    await link.connect(2_000);
    server.pause();
    const first = link.run((redis) => redis.ping()).catch((error: unknown) => error);
    const second = link.run((redis) => redis.ping()).catch((error: unknown) => error);
    clock.advance(49);
    clock.advance(1);
    expect(await first).toBeInstanceOf(RedisUnavailable);
    expect(await second).toBeInstanceOf(RedisUnavailable);
    let asked = 0;
    const count = () => Promise.resolve((asked += 1));
    for (let call = 0; call < 100; call += 1)
      await expect(link.run(count)).rejects.toBeInstanceOf(RedisUnavailable);
    expect(asked).toBe(0);
    server.resume();
    await until(() => link.isUp);
    expect(await link.run((redis) => redis.ping())).toBe('PONG');
    expect(states()).toEqual(['up', 'hanging', 'up']);
  });

  it('drops a connection that stays dead, and connects again', async () => {
    let swallowed: Socket | undefined;
    const port = await proxy((client, connection) => {
      pipe(client);
      if (connection === 1) swallowed = client;
    });
    const { clock, link, states } = linkTo(port);
    await link.connect(2_000);
    swallowed!.unpipe().pause();
    const hanging = link.run((redis) => redis.ping()).catch(() => 'failed');
    clock.advance(50);
    expect(await hanging).toBe('failed');
    clock.advance(3_000);
    swallowed!.destroy();
    await until(() => link.isUp);
    expect(states()).toEqual(['up', 'hanging', 'down', 'up']);
  });

  it('connects again when a host accepts the connection but stays silent', async () => {
    let silent = 0;
    const port = await proxy((client, connection) => {
      if (connection > 1) {
        pipe(client);
        return;
      }
      silent += 1;
      client.resume();
    });
    const { clock, link } = linkTo(port);
    const connecting = link.connect(1_000);
    await until(() => silent === 1 && clock.pendingTimers > 1);
    clock.advance(1_000);
    await connecting;
    expect(link.isUp).toBe(false);
    clock.advance(3_000);
    await until(() => link.isUp);
    expect(await link.run((redis) => redis.ping())).toBe('PONG');
  });

  it('logs a missing Redis once, however often it connects', async () => {
    const port = await unusedPort();
    let attempts = 0;
    const { link, lines, states } = linkTo(port);
    const reached = createServer((socket) => {
      attempts += 1;
      socket.destroy();
    });
    await link.connect(2_000);
    expect(link.isUp).toBe(false);
    reached.listen(port, '127.0.0.1');
    closing.unshift(() => reached.close());
    await until(() => attempts > 2);
    expect(states()).toEqual(['down']);
    expect(lines[0]).toMatchObject({ level: 40 });
  });

  it('is not up with a wrong password, and does not log the password', async () => {
    const { link, lines, states } = linkTo(server.port, 'Wrong-Secret-1');
    await link.connect(1_000);
    expect(link.isUp).toBe(false);
    expect(states()).toEqual(['down']);
    expect(JSON.stringify(lines)).toMatch(/WRONGPASS/);
    expect(JSON.stringify(lines)).not.toMatch(/Wrong-Secret-1/);
  });

  it('does not use another database in place of one that Redis does not have', async () => {
    let attempts = 0;
    const port = await proxy((client, connection) => {
      attempts = connection;
      pipe(client);
    });
    const { link, lines, states } = linkTo(port, undefined, undefined, 99);
    await link.connect(2_000);
    await until(() => attempts > 2 || link.isUp);
    expect(states()).toEqual(['down']);
    expect(lines[0]!.reason).toContain('DB index is out of range');
  });

  it('does background work in its own database again after a time without permission', async () => {
    const redis = await startRedis({ password: 'Redis-Secret-1' });
    closing.push(() => redis.stop());
    const { link } = linkTo(redis.port, undefined, undefined, 1);
    await link.connect(2_000);
    await link.runAside((each) => each.ping());
    await redis.cli('ACL', 'SETUSER', 'default', '-select');
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    // By then both connections have tried.
    const refusals = async () =>
      Number(
        /cmdstat_select:.*rejected_calls=(\d+)/.exec(String(await redis.cli('INFO', 'commandstats')))?.[1],
      );
    await until(async () => (await refusals()) >= 6);
    await redis.cli('ACL', 'SETUSER', 'default', '+select');
    const write = () => link.runAside((each) => each.set('test:aside', 'x'));
    await until(() => write().catch(() => undefined));
    // The test's own connection is in database 0.
    expect(await redis.cli('DBSIZE')).toBe(0);
  });

  it('says why a Redis stays away that comes back with another password', async () => {
    const before = await startRedis({ password: 'Redis-Secret-1' });
    const { link, lines, states } = linkTo(before.port);
    await link.connect(2_000);
    await before.kill();
    await until(() => states().includes('down'));
    const after = await startRedis({ port: before.port, password: 'Redis-Secret-2' });
    closing.push(() => after.kill());
    await until(() => /WRONGPASS/.test(lines.at(-1)?.reason ?? ''));
    expect(states()).toEqual(['up', 'down', 'down']);
  });

  it('gives subscribers that reconnect by themselves and end with the link', async () => {
    const { clock, link } = linkTo(server.port);
    await link.connect(2_000);
    const subscriber = link.subscriber();
    const heard: string[] = [];
    subscriber.on('message', (_channel, message) => heard.push(message));
    await subscriber.subscribe('news');
    const publish = (message: string) => server.cli('PUBLISH', 'news', message);
    await publish('first');
    await until(() => heard.includes('first'));
    await server.restart();
    await until(async () => (await publish('restarted')) === 1);
    await until(() => heard.includes('restarted') && link.isUp);

    // The link gives up its own connection and the connection of the subscriber together.
    server.pause();
    const hanging = link.run((redis) => redis.ping()).catch(() => 'failed');
    clock.advance(50);
    expect(await hanging).toBe('failed');
    clock.advance(1_000);
    await until(() => subscriber.status !== 'ready');
    server.resume();
    await until(async () => (await publish('resumed')) === 1);
    await until(() => heard.includes('resumed') && link.isUp);
    await link.close();
    await until(async () => (await publish('closed')) === 0);
    await until(() => subscriber.status === 'end');
  });

  it('counts failures by their reason', async () => {
    const { clock, link } = linkTo(server.port);
    await link.run((redis) => redis.ping()).catch(() => undefined);
    await link.connect(2_000);
    await link.run((redis) => redis.call('NONSENSE')).catch(() => undefined);
    server.pause();
    const hanging = link.run((redis) => redis.ping()).catch(() => undefined);
    clock.advance(50);
    await hanging;
    await link.run((redis) => redis.ping()).catch(() => undefined);
    server.resume();
    expect(Object.fromEntries(link.failures)).toEqual({
      connecting: 1,
      error: 1,
      'no answer in time': 1,
      hanging: 1,
    });
  });

  it('closes at once, or within half a second when Redis hangs, without leftover timers', async () => {
    for (const hangs of [false, true]) {
      const { clock, link, states } = linkTo(server.port);
      await link.connect(2_000);
      if (hangs) server.pause();
      const closed = link.close();
      if (hangs) clock.advance(500);
      await closed;
      server.resume();
      expect(clock.pendingTimers).toBe(0);
      expect(states()).toEqual(['up']);
      await expect(link.run((redis) => redis.ping())).rejects.toBeInstanceOf(RedisUnavailable);
    }
  });
});
