import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { transformFileSync } from '@swc/core';
import { aWhile, until } from '../support/until.js';
import { startRedis, type RedisOptions, type RedisProcess } from '../support/redis-server.js';

describe('a Redis process of the tests', () => {
  const started: RedisProcess[] = [];
  const start = async (options?: RedisOptions): Promise<RedisProcess> => {
    const redis = await startRedis(options);
    started.push(redis);
    return redis;
  };

  afterEach(async () => {
    await Promise.all(started.splice(0).map((redis) => redis.stop()));
  });

  it('answers on a port of its own and keeps no data on disk', async () => {
    const redis = await start();
    expect(redis.port).not.toBe(6379);
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
    expect(await redis.cli('SET', 'greeting', 'grüß\r\ndich')).toBe('OK');
    expect(await redis.cli('GET', 'greeting')).toBe('grüß\r\ndich');
    expect(await redis.cli('GET', 'nothing')).toBeNull();
    expect(await redis.cli('RPUSH', 'list', 'a', 'b')).toBe(2);
    expect(await redis.cli('LRANGE', 'list', '0', '-1')).toEqual(['a', 'b']);
    expect(await redis.cli('CONFIG', 'GET', 'save')).toEqual(['save', '']);
    await expect(redis.cli('INCR', 'greeting')).rejects.toThrow('not an integer');
  });

  it('takes a password and more options', async () => {
    const redis = await start({ password: 'p:ss', args: ['--maxmemory', '3mb'] });
    expect(redis.url).toBe(`redis://:p%3Ass@127.0.0.1:${redis.port}`);
    expect(await redis.cli('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '3145728']);
  });

  it('comes back empty on the same port after a stop, crash or restart', async () => {
    const redis = await start();
    const { port } = redis;
    await redis.cli('SET', 'a', '1');
    await redis.kill();
    expect(redis.running).toBe(false);
    await expect(redis.cli('PING')).rejects.toThrow('ECONNREFUSED');
    await redis.start();
    expect(await redis.cli('GET', 'a')).toBeNull();
    await redis.restart();
    expect(redis.port).toBe(port);
    expect(await redis.cli('PING')).toBe('PONG');
  });

  it('hangs while it is paused, and answers when it goes on', async () => {
    const redis = await start();
    redis.pause();
    let answered = false;
    const answer = redis.cli('PING').finally(() => (answered = true));
    await aWhile(150);
    expect(answered).toBe(false);
    redis.resume();
    expect(await answer).toBe('PONG');
    redis.pause();
    await redis.stop();
    expect(redis.running).toBe(false);
  });

  it('reports that the given port is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    try {
      await expect(startRedis({ port })).rejects.toThrow(`port ${port} is taken`);
    } finally {
      squatter.close();
    }
  });

  it('ends with its test process, even if that process is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hss-bff-orphan-'));
    for (const name of ['redis-server', 'guard', 'unused-port']) {
      const { code } = transformFileSync(new URL(`../support/${name}.ts`, import.meta.url).pathname);
      writeFileSync(join(folder, `${name}.js`), code);
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const script = `
      import { startRedis } from ${JSON.stringify(join(folder, 'redis-server.js'))};
      const redis = await startRedis();
      console.log(redis.port);
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    owner.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => said.endsWith('\n'));
    const port = Number(said);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    rmSync(folder, { recursive: true });
    // Another Redis can take the port as soon as the orphan is gone.
    await until(() =>
      start({ port }).then(
        () => true,
        () => false,
      ),
    );
  });
});
