// The cost of a hit: requests per second and p50/p99 of this service beside bare Fastify sending a constant with the same
// status, headers and body, beside Nest with the caches that one could use, and beside nginx and Varnish where
// installed. Each answers in one process on one core, and the load is on the other core. Rounds alternate, the table
// shows medians, and ratios are taken round by round. Two processes of one program can differ by a fifth for as long as
// they live, so each contestant has several, and each round takes the next one.
//
//   npm run bench hits [-- --json]        SECONDS=3 ROUNDS=6 COPIES=3
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmulator } from '../dist/emulator/emulator.js';
import { generator, load, onCore } from './support/load.mjs';
import { startProxy } from './support/proxies.mjs';
import { startRedis } from './support/redis.mjs';
import { startService } from './support/service.mjs';

const seconds = Number(process.env.SECONDS ?? 3);
const rounds = Number(process.env.ROUNDS ?? 6);
const copies = Number(process.env.COPIES ?? 3);
const connections = 32;
const key = 'bench-consumer-key-0001';
const sent = { 'X-API-Key': key };
/** fetch would ask for gzip, and the peers repeat the headers of the answer. */
const unpacked = { ...sent, 'Accept-Encoding': 'identity' };

/** More keys than a memory of 64 KiB holds, so that each comes from Redis. All keys have the same rows. */
const paths = Array.from(
  { length: 40 },
  (_, index) =>
    `/v1/registry-images?severity=high&type=shared_image&limit=20&updatedAfter=${946_684_800_000 + index}&updatedBefore=4000000000000`,
);
const image = 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';
const merged = `/v1/images/${image}?type=private_image&namespace=scc_hss_container&name=proxy-agent&tag=24.5.0-x86_64`;

const redis = await startRedis();
const emulator = await startEmulator({ rate: 'off', totalRate: 'off' });
const closing = [];
const env = {
  REDIS_URL: redis.url,
  HSS_RATE: '1000/1s',
  HSS_RATE_TOTAL: '1000/1s',
  API_KEYS: `bench=${key}`,
  TTL_LISTS: '1h',
  LOG_LEVEL: 'warn',
};

/** Starts as many processes as each contestant has. @returns a function that tells the process of a copy. */
async function services(more = {}) {
  const started = [];
  for (let copy = 0; copy < copies; copy += 1) {
    const one = await startService(emulator, { ...env, ...more }, (...args) => onCore(0, ...args));
    closing.push(() => one.stop());
    started.push(one);
  }
  return (copy) => started[copy];
}

/** Requests every path twice: the first answer is loaded, the second comes from the cache. */
async function warm(url, wanted) {
  for (const path of [...wanted, ...wanted, ...wanted]) {
    const answer = await fetch(url + path, { headers: sent });
    if (answer.status !== 200) throw new Error(`${url}${path} answered ${answer.status}`);
    await answer.arrayBuffer();
  }
}

const ours = await services();
const { url: firstUrl } = ours(0);
await warm(firstUrl, [...paths, merged]);
const answers = {};
for (const path of paths) answers[path] = await (await fetch(firstUrl + path, { headers: unpacked })).text();
const example = await fetch(firstUrl + paths[0], { headers: unpacked });
const own = ['date', 'connection', 'keep-alive', 'transfer-encoding'];
const headers = Object.fromEntries([...example.headers].filter(([name]) => !own.includes(name)));
const logging = await services({ LOG_LEVEL: 'info' });
const sampling = await services({ LOG_LEVEL: 'info', LOG_SAMPLE_HITS: '100' });
const folder = mkdtempSync(join(tmpdir(), 'bench-hits-'));
closing.push(() => rmSync(folder, { recursive: true }));
const limited = await services({ LOG_LEVEL: 'info', API_KEYS: '', CONSUMERS_FILE: consumersFile(folder) });
const small = await services({ CACHE_MEMORY: '64KiB' });

/** One consumer with the key of the load, and with rates that the load never reaches. */
function consumersFile(folder) {
  const path = join(folder, 'consumers.json');
  const sha256 = createHash('sha256').update(key).digest('hex');
  const rate = { requests: '1000000/1s', concurrent: 1000 };
  const one = { id: 'bench', keys: [{ sha256 }], scopes: ['read', 'hosts', 'export'], rate };
  writeFileSync(path, JSON.stringify({ consumers: [one] }));
  return path;
}

async function peer(kind) {
  const [command, args] = onCore(0, process.execPath, []);
  const child = fork(fileURLToPath(new URL('peers/hits-server.mjs', import.meta.url)), [], {
    execPath: command,
    execArgv: args,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  closing.push(() => child.kill('SIGKILL'));
  child.send({ kind, redisUrl: redis.url, headers, answers });
  const { port } = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${kind} ended with ${code}`)));
  });
  return { url: `http://127.0.0.1:${port}`, pid: child.pid };
}

const contestants = [];
async function enter(name, start, given = {}) {
  try {
    const { paths: asked = [paths[0]], headers: more = {} } = given;
    const processes = [];
    for (let copy = 0; copy < copies; copy += 1) {
      const started = await start(copy);
      if (started === undefined) return void contestants.push({ name, why: 'not installed' });
      // fetch asks for gzip, so the packed form is made as well.
      await warm(started.url, asked);
      processes.push(started);
    }
    contestants.push({ name, processes, paths: asked, headers: { ...sent, ...more }, rounds: [] });
  } catch (error) {
    contestants.push({ name, why: String(error.message).split('\n', 1)[0] });
  }
}

async function proxy(name) {
  const started = await startProxy(name, firstUrl, paths[0], sent);
  if (started) closing.push(() => started.stop());
  return started;
}

await enter('bare Fastify, a constant', () => peer('fastify'));
await enter('hss-bff, memory', ours);
await enter('hss-bff, memory, a log line each', logging);
await enter('hss-bff, memory, LOG_SAMPLE_HITS=100', sampling);
await enter('hss-bff, memory, log, consumers file, rates', limited);
await enter('hss-bff, memory, gzip', ours, { headers: { 'Accept-Encoding': 'gzip' } });
await enter('hss-bff, 304', ours, { headers: { 'If-None-Match': headers.etag } });
await enter('hss-bff, merged', ours, { paths: [merged] });
await enter('hss-bff, Redis', small, { paths });
await enter('Nest + cache-manager, memory', () => peer('cache-manager, memory'), { paths: [paths[0]] });
await enter('Nest + cache-manager, Redis', () => peer('cache-manager, Redis'), { paths });
await enter('Nest + bentocache, memory + Redis', () => peer('bentocache'));
await enter('nginx, proxy_cache', () => proxy('nginx'));
await enter('Varnish', () => proxy('varnishd'));

// The first round of a process is not counted: V8 compiles its code during its first seconds of load.
for (let round = -copies; round < rounds; round += 1)
  for (const { why, processes, ...one } of contestants)
    if (why === undefined) {
      const { pid, url } = processes[(round + copies) % copies];
      const before = cpuMs(pid);
      const seen = await load({ ...one, url, connections, seconds });
      if (round < 0) continue;
      one.rounds.push({ ...seen, cpuUs: ((cpuMs(pid) - before) * 1000) / (seen.perSecond * seconds) });
    }
for (const close of closing.reverse()) await close();
await emulator.close();
await redis.stop();

/** CPU time of the process so far. A slow peer uses more CPU time; a peer that waits for a busy machine does not. */
function cpuMs(pid) {
  const stat = `/proc/${pid}/stat`;
  if (pid === undefined || !existsSync(stat)) return NaN;
  const [, , , , , , , , , , , user, system] = readFileSync(stat, 'latin1').split(') ')[1].split(' ');
  return (Number(user) + Number(system)) * 10;
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
function median(values) {
  return quantile(values, 0.5);
}

const bare = 'bare Fastify, a constant';
const named = (name) => contestants.find((one) => one.name === name)?.rounds;
const of = (name, what) => median(named(name).map((one) => one[what]));
/** The ratio round by round, since the speed of the machine changes. Null if one of the two could not run. */
function ratio(name, other, what = 'perSecond') {
  const [these, those] = [named(name), named(other)];
  return these && those
    ? rounded(median(these.map((one, round) => one[what] / those[round][what])), 2)
    : null;
}
/** The middle half of the rounds. */
function spread(name, what) {
  const values = named(name).map((one) => one[what]);
  return `${quantile(values, 0.25)} to ${quantile(values, 0.75)}`;
}
function rounded(value, digits) {
  return Number.isNaN(value) ? null : Number(value.toFixed(digits));
}

const rows = contestants.map(({ name, why, rounds: seen }) =>
  why === undefined
    ? {
        name,
        'requests/s': of(name, 'perSecond'),
        spread: spread(name, 'perSecond'),
        'of bare Fastify': ratio(name, bare),
        'p50 ms': of(name, 'p50'),
        'p99 ms': of(name, 'p99'),
        'CPU µs': rounded(of(name, 'cpuUs'), 1),
        failed: seen.reduce((sum, one) => sum + one.failed, 0),
      }
    : { name, 'requests/s': why },
);
const [memory, nest] = ['hss-bff, memory', 'Nest + cache-manager'];
const atLeast = (least) => (measured) => measured >= least;
const targets = [
  ['memory hit ≥ 0.9 × bare Fastify', ratio(memory, bare), atLeast(0.9)],
  ['with a log line each ≥ 0.9 × bare Fastify', ratio(`${memory}, a log line each`, bare), atLeast(0.9)],
  [
    'with LOG_SAMPLE_HITS=100 ≥ 0.95 × bare Fastify',
    ratio(`${memory}, LOG_SAMPLE_HITS=100`, bare),
    atLeast(0.95),
  ],
  ['304 ≥ 0.95 × bare Fastify', ratio('hss-bff, 304', bare), atLeast(0.95)],
  ['merged ≥ 0.95 × bare Fastify', ratio('hss-bff, merged', bare), atLeast(0.95)],
  ['gzip ≥ 0.9 × without', ratio(`${memory}, gzip`, memory), atLeast(0.9)],
  [
    'consumers file and rates ≥ 0.95 × one API_KEYS entry',
    ratio(`${memory}, log, consumers file, rates`, `${memory}, a log line each`),
    atLeast(0.95),
  ],
  ['memory hit ≥ 2 × Nest + cache-manager', ratio(memory, `${nest}, memory`), atLeast(2)],
  ['Redis hit ≥ 2 × Nest + cache-manager on Redis', ratio('hss-bff, Redis', `${nest}, Redis`), atLeast(2)],
  ['p99 of a memory hit ≤ 2 × bare Fastify', ratio(memory, bare, 'p99'), (measured) => measured <= 2],
].map(([target, measured, isMet]) => ({ target, measured, met: measured !== null && isMet(measured) }));
const bytes = Buffer.byteLength(answers[paths[0]]);
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ generator, connections, bytes, rows, targets }));
} else {
  console.log(
    `${generator}, ${connections} connections, ${rounds} rounds of ${seconds} s, ${copies} processes each, ${bytes} bytes of body`,
  );
  console.table(rows);
  console.table(targets);
}
