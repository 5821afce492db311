// A Redis for one benchmark, on a free port; it ends with the benchmark.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @returns URL, process id, and a function that ends Redis, or does nothing if Redis has ended already. */
export async function startRedis() {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'hss-bff-bench-'));
  const binary = process.env.REDIS_SERVER_BIN || 'redis-server';
  const child = spawn(
    binary,
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    { stdio: 'ignore' },
  );
  child.on('error', () => {
    console.error('This benchmark needs redis-server: install it or set REDIS_SERVER_BIN.');
    process.exit(1);
  });
  // Ends Redis also when the benchmark fails half-way.
  process.once('exit', () => child.kill('SIGKILL'));
  const url = `redis://127.0.0.1:${port}`;
  const probe = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  probe.on('error', () => {});
  await probe.ping();
  // The call budget waits when a younger Redis lacks an account: see docs/call-budget.md.
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  return {
    url,
    pid: child.pid,
    flush: () => probe.flushall(),
    async stop() {
      probe.disconnect();
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
