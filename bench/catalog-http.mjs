// The catalog of 100,000 images through the whole service: 100 references in one batch, the first byte and the memory of
// an export, and how much catalog queries slow down cache hits. The service finds the catalog in Redis; another process
// holds the lease, so the service does not sync meanwhile.
//
//   npm run bench catalog-http [--json] [IMAGES]
import { readFileSync } from 'node:fs';
import { startEmulator } from '../dist/emulator/emulator.js';
import { digestOf, hostOf } from './support/catalog-data.mjs';
import { writeBase } from './support/catalog-log.mjs';
import { load } from './support/load.mjs';
import { namesOfLog } from './support/log-names.mjs';
import { startRedis } from './support/redis.mjs';
import { startService } from './support/service.mjs';

const images = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 100_000);
const rounds = Number(process.env.ROUNDS ?? 5);
const seconds = Number(process.env.SECONDS ?? 4);
/** The first requests of a process take twice as long. */
const warmUps = 20;
const batches = 200;
const round = (ms) => Number(ms.toFixed(1));
const quantile = (times, share) => round(times.sort((a, b) => a - b)[Math.floor((times.length - 1) * share)]);
const median = (times) => quantile([...times], 0.5);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const redis = await startRedis();
const emulator = await startEmulator({ rate: 'off', totalRate: 'off' });
const key = 'bench-consumer-key-0001';
const sent = { 'x-api-key': key };
const env = {
  REDIS_URL: redis.url,
  HSS_RATE: '1000/1s',
  HSS_RATE_TOTAL: '1000/1s',
  CATALOG: 'on',
  TTL_LISTS: '1h',
  TTL_CONTENT: '30d',
  LOG_LEVEL: 'warn',
  API_KEYS: `bench=${key}`,
};

const calls = () => emulator.journal.calls().length;
const rssMiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

async function startWithCatalog() {
  const startedAt = performance.now();
  const service = await startService(emulator, env);
  for (;;) {
    const status = await (await fetch(`${service.url}/v1/catalog/status`, { headers: sent })).json();
    if (status.coverage?.baseOs.total > 0)
      return { service, readyMs: Math.round(performance.now() - startedAt) };
    await pause(20);
  }
}

async function measureBatch(url, what, include) {
  const times = [];
  const callsBefore = calls();
  for (let turn = -warmUps; turn < batches; turn += 1) {
    // Scanned images whose content is known, and different images at every turn.
    const known = (nth) => (Math.floor(nth / 8) * 10 + (nth % 8)) % (images / 10);
    const refs = Array.from(
      { length: 100 },
      (_, nth) => `sha256:${digestOf(known((turn + warmUps) * 100 + nth))}`,
    );
    const body = JSON.stringify({ refs, ...(include && { include }) });
    const startedAt = performance.now();
    const answer = await fetch(`${url}/v1/images/batch-get`, {
      method: 'POST',
      headers: { ...sent, 'content-type': 'application/json' },
      body,
    });
    const { items } = await answer.json();
    if (turn >= 0) times.push(performance.now() - startedAt);
    if (items.some(({ outcome }) => outcome !== 'ok')) throw new Error('Not every image is known');
  }
  return {
    [`100 ${what}: p50 ms`]: quantile(times, 0.5),
    'p99 ms': quantile(times, 0.99),
    calls: calls() - callsBefore,
  };
}

async function measureExport({ url, pid }, format) {
  const before = rssMiB(pid);
  const startedAt = performance.now();
  const { body } = await fetch(`${url}/v1/catalog/export?format=${format}`, {
    headers: { ...sent, 'accept-encoding': 'identity' },
  });
  let [first, most, bytes] = [0, before, 0];
  for await (const part of body) {
    first ||= performance.now() - startedAt;
    bytes += part.length;
    most = Math.max(most, rssMiB(pid));
  }
  return {
    [`${format}: first byte ms`]: round(first),
    'whole ms': Math.round(performance.now() - startedAt),
    MB: Math.round(bytes / 1e6),
    'RSS before MiB': Math.round(before),
    'most grown by': Math.round(most - before),
  };
}

const questionEveryMs = 10;
/** Sends a hundred questions a second, one after the other. A late question is sent at once. */
function askOn(url) {
  let isOver = false;
  let asked = 0;
  const questions = [
    (turn) => `/v1/images?severity=high&vulnerabilitiesMin=${turn}&sort=-severity,-vulnerabilities`,
    (turn) => `/v1/images?q=service-49${turn % 10}&facets=severity,baseOs`,
    (turn) => `/v1/images?fileName=lib29${100 + (turn % 600)}`,
    (turn) => `/v1/hosts?severity=high&vulnerabilitiesMin=${turn % 300}`,
    (turn) => `/v1/hosts/${hostOf(turn % 3_000).hostId}/images`,
  ];
  const done = (async () => {
    const startedAt = performance.now();
    for (; !isOver; asked += 1) {
      await pause(Math.max(0, startedAt + asked * questionEveryMs - performance.now()));
      const answer = await fetch(url + questions[asked % questions.length](asked), { headers: sent });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    }
  })();
  return async () => {
    isOver = true;
    await done;
    return asked;
  };
}

async function measureHits(url) {
  const path = '/v1/registry-images?severity=high&limit=20';
  const hits = () => load({ url, paths: [path], headers: sent, connections: 8, seconds });
  await hits();
  const found = { alone: [], beside: [], asked: 0 };
  for (let turn = 0; turn < rounds; turn += 1) {
    found.alone.push(await hits());
    const stop = askOn(url);
    found.beside.push(await hits());
    found.asked += await stop();
  }
  const of = (runs, what) => median(runs.map((run) => run[what]));
  return {
    'hits p99 ms alone': of(found.alone, 'p99'),
    'beside questions': of(found.beside, 'p99'),
    'hits per s alone': of(found.alone, 'perSecond'),
    beside: of(found.beside, 'perSecond'),
    'questions per s': Math.round(found.asked / (rounds * seconds)),
  };
}

const names = await namesOfLog(redis, emulator, env);
const base = await writeBase(images, Number(new URL(redis.url).port), names);
const { service, readyMs } = await startWithCatalog();
const rss = Math.round(rssMiB(service.pid));
const results = [
  { images, 'process start to catalog ms': readyMs, 'RSS MiB': rss },
  await measureBatch(service.url, 'images', ['image']),
  await measureBatch(service.url, 'images with base OS and files'),
  await measureExport(service, 'ndjson'),
  await measureExport(service, 'csv'),
  await measureHits(service.url),
];
if (process.argv.includes('--json')) console.log(JSON.stringify(results));
else for (const result of results) console.table(result);
await service.stop();
await base.release();
await emulator.close();
await redis.stop();
