// The figures of docs/sizing.md: how many calls a first reading of everything takes, and what one instance and Redis then
// hold. The catalog syncs against the emulator at 1,000 calls a second, so a run takes minutes where HSS takes days. The
// time at HSS's own rate follows from the calls of the busiest API.
//
//   IMAGES=10000 npm run bench sizing [--json]      LISTS=1 stops when both lists are read
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { Redis } from 'ioredis';
import { startEmulator } from '../dist/emulator/emulator.js';
import { startRedis } from './support/redis.mjs';
import { startService } from './support/service.mjs';

const images = Number(process.env.IMAGES ?? 10_000);
const listsOnly = process.env.LISTS === '1';
const callsPerMinute = 5;
const hitCount = 10_000;
const key = 'bench-consumer-key-0001';
const MiB = 1024 * 1024;

const redis = await startRedis();
// The ratio of HSS's examples: 320 rows on hosts for 450 rows in registries.
const localImages = Math.round((images * 320) / 450);
const emulator = await startEmulator({ rate: 'off', totalRate: 'off', registryImages: images, localImages });
const service = await startService(emulator, {
  REDIS_URL: redis.url,
  HSS_RATE: '1000/1s',
  HSS_RATE_TOTAL: '1000/1s',
  CATALOG: 'on',
  LOG_LEVEL: 'warn',
  API_KEYS: `bench=${key}`,
});
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

const startedAt = performance.now();
let status = await statusOf();
while (!isDone(status)) {
  await new Promise((resolve) => setTimeout(resolve, 250));
  status = await statusOf();
}
const tookS = (performance.now() - startedAt) / 1000;
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
/** CPU of the service for one hit from memory, over ten thousand of them: it hardly depends on what else runs here. */
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
  const before = cpuTicks();
  await hits(hitCount);
  agent.destroy();
  // A tick of the clock in /proc is 10 ms.
  return Math.round(((cpuTicks() - before) * 10_000) / hitCount);
}
function cpuTicks() {
  const fields = readFileSync(`/proc/${service.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
const memory = (field) =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))[1]) /
  1024;

const result = {
  images,
  localImages,
  coverage: status.coverage,
  calls,
  minutesAtHssRate: Math.round(Math.max(...Object.values(calls)) / callsPerMinute),
  tookS: Math.round(tookS),
  redisMiB: Number((usedBytes / MiB).toFixed(1)),
  redisBytesPer1000Images: Math.round(usedBytes / (images / 1000)),
  redisKiBByRoom: Object.fromEntries(
    Object.entries(byRoom).map(([room, bytes]) => [room, Math.round(bytes / 1024)]),
  ),
  // Where only the lists are read, the sync goes on meanwhile, and its CPU would count.
  ...(!listsOnly && {
    cpuMicrosecondsPerHit: {
      list: await cpuPerHit('/v1/registry-images?limit=10'),
      catalog: await cpuPerHit('/v1/images?limit=10'),
    },
  }),
  rssMiB: Math.round(memory('VmRSS')),
  peakRssMiB: Math.round(memory('VmHWM')),
};
if (process.argv.includes('--json')) console.log(JSON.stringify({ ...result, targets: [] }));
else console.log(result);
probe.disconnect();
await service.stop();
await emulator.close();
await redis.stop();
process.exit(0);
