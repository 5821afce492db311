/** The balancer of docker-compose.yml as a process: its own configuration, in front of other addresses. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { until } from './until.js';
import { unusedPort } from './unused-port.js';

interface Compose {
  services: { balancer: { environment: { NGINX_CONF: string } } };
}

/** The configuration as nginx gets it: compose writes `$$` for a dollar sign. */
export function balancerConfiguration(): string {
  const file = new URL('../../docker-compose.yml', import.meta.url);
  const { services } = parse(readFileSync(file, 'utf8'), { merge: true }) as Compose;
  return services.balancer.environment.NGINX_CONF.replaceAll('$$', '$');
}

/** Undefined where nobody installed it: `npm test` does so where it may. */
export const nginx = [
  process.env['NGINX_BIN'],
  ...[...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'].map((folder) => join(folder, 'nginx')),
].find((file) => file !== undefined && file !== '' && existsSync(file));

export interface Balancer {
  /** `127.0.0.1:port` */
  readonly host: string;
  close(): Promise<void>;
}

/** @param upstream `host:port`, which stands in for each instance of the compose file. */
export async function startBalancer(upstream: string): Promise<Balancer> {
  const folder = mkdtempSync(join(tmpdir(), 'hss-bff-balancer-'));
  const port = await unusedPort();
  const configuration = balancerConfiguration()
    .replace('listen 8080', `listen 127.0.0.1:${port}`)
    .replaceAll('/tmp/', `${folder}/`)
    // Names of containers; an address needs no resolver.
    .replace(/server bff-\d:3000 resolve/g, `server ${upstream}`)
    .replace(/resolver .*;/, '');
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration);
  const child = spawn(nginx!, ['-c', file, '-p', folder, '-e', 'stderr', '-g', 'daemon off;']);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
    return isListening(port);
  });
  return {
    host: `127.0.0.1:${port}`,
    close: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
