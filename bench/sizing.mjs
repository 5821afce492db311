// The figures of docs/sizing.md: how many calls a first reading of everything takes, and what one instance and Redis then
// hold. The catalog syncs against the emulator at 1,000 calls a second, so a run takes minutes where HSS takes days. The
// time at HSS's own rate follows from the calls of the busiest API.
//
//   IMAGES=10000 npm run bench sizing [--json]      LISTS=1 reads both lists alone
//                                                   HEAP=512 bounds V8's heap to so many MiB
//                                                   CGROUP=FOLDER runs the service in this cgroup, for its memory limit
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { Redis } from 'ioredis';
import { startEmulator } from '../dist/emulator/emulator.js';
import { freePort, startRedis } from './support/redis.mjs';
import { startService } from './support/service.mjs';

const images = Number(process.env.IMAGES ?? 10_000);
const listsOnly = process.env.LISTS === '1';
const callsPerMinute = 5;
const hitCount = 10_000;
const key = 'bench-consumer-key-0001';
const MiB = 1024 * 1024;
const metricsPort = await freePort();

const redis = await startRedis();
// The ratio of HSS's examples: 320 rows on hosts for 450 rows in registries.
const localImages = Math.round((images * 320) / 450);
const emulator = await startEmulator({ rate: 'off', totalRate: 'off', registryImages: images, localImages });
// Contents have rates of their own, so the sync reads them beside the lists. Where they fail, it leaves them alone.
for (const api of listsOnly ? ['ListImageFiles', 'ListImageBasicImage'] : [])
  emulator.faults.schedule({ kind: 'status', status: 503, api });
/** The shell moves itself into the cgroup and becomes the service. V8 looks at the limit when it starts. */
const inCgroup = (...[command, args]) => {
  const { CGROUP } = process.env;
  return CGROUP
    ? ['sh', ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', CGROUP, command, ...args]]
    : [command, args];
};
const settings = {
  REDIS_URL: redis.url,
  HSS_RATE: '1000/1s',
  HSS_RATE_TOTAL: '1000/1s',
  CATALOG: 'on',
  LOG_LEVEL: 'warn',
  METRICS_PORT: String(metricsPort),
  API_KEYS: `bench=${key}`,
  ...(process.env.HEAP ? { NODE_OPTIONS: `--max-old-space-size=${process.env.HEAP}` } : {}),
};
const service = await startService(emulator, settings, inCgroup);
const probe = new Redis(redis.url);
const headers = { 'x-api-key': key };
/** A connection can end under a poll when the machine stalls. Signal 0 throws when the service itself has ended. */
const statusOf = () =>
  fetch(`${service.url}/v1/catalog/status`, { headers }).then(
    (answer) => answer.json(),
    () => ({ complete: !process.kill(service.pid, 0) }),
  );
const isDone = ({ complete, coverage }) =>
  complete && (listsOnly || Object.values(coverage ?? {}).every(({ known, total }) => known === total));

/** Asked seldom, since a status of 100,000 images costs the service what the sync needs. */
const askEveryMs = 2_000;
const sayEveryMs = 30_000;
const startedAt = performance.now();
const secondsSince = () => Math.round((performance.now() - startedAt) / 1000);
let status = await statusOf();
for (let saidAt = startedAt; !isDone(status); status = await statusOf()) {
  await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  if (performance.now() - saidAt < sayEveryMs) continue;
  saidAt = performance.now();
  const known = Object.entries(status.coverage ?? {}).map(([part, of]) => `${part} ${of.known}/${of.total}`);
  const rows = [status.registry, status.local].map((list) => list?.rows ?? 0).join(' + ');
  console.error(`${secondsSince()} s: ${status.calls ?? 0} calls, ${rows} rows, ${known.join(', ')}`);
}
const [tookS, cpuS] = [secondsSince(), Math.round(cpuTicks() / 100)];
const calls = {};
for (const { api } of emulator.journal.calls()) calls[api] = (calls[api] ?? 0) + 1;

const usedBytes = Number(/used_memory:(\d+)/.exec(await probe.info('memory'))[1]);
const byRoom = {};
let cursor = '0';
do {
  const [next, keys] = await probe.scan(cursor, 'COUNT', 1000);
  cursor = next;
  for (const name of keys) {
    const room = name.split(':').slice(1, 2).join(':');
    const bytes = await probe.memory('USAGE', name, 'SAMPLES', 0);
    byRoom[room] = (byRoom[room] ?? 0) + Number(bytes);
  }
} while (cursor !== '0');
/**
 * CPU of the service for one hit from memory, over ten thousand of them: it hardly depends on what else runs here. What
 * the service takes at rest in the same time is left out: hits take long on a busy machine.
 */
async function cpuPerHit(path) {
  const url = new URL(service.url + path);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const hit = () =>
    new Promise((resolve, reject) =>
      get(url, { agent, headers }, (answer) => answer.resume().once('end', resolve)).once('error', reject),
    );
  const hits = async (count) => {
    for (let at = 0; at < count; at += 8) await Promise.all(Array.from({ length: 8 }, hit));
  };
  await hits(1_000);
  const [before, beganAt] = [cpuTicks(), performance.now()];
  await hits(hitCount);
  const [after, tookMs] = [cpuTicks(), performance.now() - beganAt];
  agent.destroy();
  await new Promise((resolve) => setTimeout(resolve, tookMs));
  const atRest = cpuTicks() - after;
  // A tick of the clock in /proc is 10 ms.
  return Math.round(((after - before - atRest) * 10_000) / hitCount);
}
function cpuTicks() {
  const fields = readFileSync(`/proc/${service.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
/** Each kind of search for files makes texts of its own. Without files it makes none. */
async function searchFiles() {
  for (const filter of ['fileName=libssl-99', 'filePath=opt/app', 'fileName=bin/openssl-1'])
    await fetch(`${service.url}/v1/images?limit=1&${filter}`, { headers }).then((answer) => answer.text());
}
/**
 * The parts of the service's memory in MiB. The heap is JavaScript's values, with garbage that V8 has not collected;
 * `external` is bytes beside the heap, such as documents. The rest of RSS is DuckDB, the program and its libraries.
 */
async function memoryMiB() {
  const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`).then((answer) => answer.text());
  const mebibytes = (bytes) => Math.round(bytes / MiB);
  const metric = (name) => mebibytes(Number(metrics.split(`\n${name} `)[1]?.split('\n')[0]));
  const status = readFileSync(`/proc/${service.pid}/status`, 'utf8');
  const ofProcess = (field) => mebibytes(1024 * Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)[1]));
  return {
    heapUsed: metric('nodejs_heap_size_used_bytes'),
    heapTotal: metric('nodejs_heap_size_total_bytes'),
    heapLimit: metric('hss_bff_heap_limit_bytes'),
    external: metric('nodejs_external_memory_bytes'),
    cacheCounted: metric('hss_bff_cache_bytes{tier="memory"}'),
    // RSS without file pages, which containers share.
    anonymous: ofProcess('RssAnon'),
    rss: ofProcess('VmRSS'),
    peakRss: ofProcess('VmHWM'),
  };
}

const result = {
  images,
  localImages,
  coverage: status.coverage,
  calls,
  minutesAtHssRate: Math.round(Math.max(...Object.values(calls)) / callsPerMinute),
  tookS,
  cpuS,
  redisMiB: Number((usedBytes / MiB).toFixed(1)),
  redisBytesPer1000Images: Math.round(usedBytes / (images / 1000)),
  redisKiBByRoom: Object.fromEntries(
    Object.entries(byRoom).map(([room, bytes]) => [room, Math.round(bytes / 1024)]),
  ),
  cpuMicrosecondsPerHit: {
    list: await cpuPerHit('/v1/registry-images?limit=10'),
    catalog: await cpuPerHit('/v1/images?limit=10'),
  },
};
await searchFiles();
result.memoryMiB = await memoryMiB();
if (process.argv.includes('--json')) console.log(JSON.stringify({ ...result, targets: [] }));
else console.log(result);
probe.disconnect();
await service.stop();
await emulator.close();
await redis.stop();
process.exit(0);
