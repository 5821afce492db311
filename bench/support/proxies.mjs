// nginx and Varnish as caches in front of a URL, where installed. Each has one worker and ignores the machine's own
// configuration.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onCore } from './load.mjs';
import { freePort } from './redis.mjs';

const starters = {
  nginx: (folder, port, { host }) => {
    const configuration = `
worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr error;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  access_log off; keepalive_requests 100000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  proxy_cache_path ${folder}/cache keys_zone=one:1m;
  server { listen 127.0.0.1:${port};
    location / { proxy_pass http://${host}; proxy_cache one; proxy_cache_valid 200 1h;
      proxy_ignore_headers Cache-Control Expires Vary; } } }`;
    writeFileSync(join(folder, 'nginx.conf'), configuration);
    return ['nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')]];
  },
  varnishd: (folder, port, { host }) => {
    const [address, itsPort] = host.split(':');
    const configuration = `vcl 4.1;
backend default { .host = "${address}"; .port = "${itsPort}"; }
sub vcl_recv { return (hash); }
sub vcl_backend_response { set beresp.ttl = 1h; set beresp.uncacheable = false; return (deliver); }`;
    writeFileSync(join(folder, 'default.vcl'), configuration);
    mkdirSync(join(folder, 'work'));
    const listen = ['-a', `127.0.0.1:${port}`, '-f', join(folder, 'default.vcl'), '-n', join(folder, 'work')];
    return ['varnishd', ['-F', '-j', 'none', ...listen, '-s', 'malloc,64m', '-p', 'thread_pools=1']];
  },
};

/** @returns undefined where the proxy is not installed. */
export async function startProxy(name, url, path, headers) {
  if (spawnSync('which', [name]).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'hss-bff-bench-'));
  const port = await freePort();
  const [command, args] = onCore(0, ...starters[name](folder, port, new URL(url)));
  const child = spawn(command, args, { stdio: 'ignore' });
  const own = `http://127.0.0.1:${port}`;
  for (let turn = 0; turn < 100; turn += 1) {
    const answer = await fetch(own + path, { headers }).catch(() => undefined);
    if (answer?.status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url: own,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
