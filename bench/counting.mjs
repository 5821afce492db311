// What the metrics add to the CPU of a hit. In a throw-away copy of dist/ every count on the way of a hit stands behind a
// switch, and SIGUSR2 turns the switch. So one process, with one warm compiler, answers hits in turn with and without
// counts: what else the machine does meets both alike. The log is on, as by default, and its lines need the two readings
// of the clock in any case. LOG=off measures without a log, where the readings are made for the counts alone.
//
//   npm run bench counting [-- --json]      PAIRS=300 HITS=500 LOG=off
import { randomUUID } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startEmulator } from '../dist/emulator/emulator.js';
import { root } from '../scripts/build.mjs';
import { startService } from './support/service.mjs';

const pairs = Number(process.env.PAIRS ?? 300);
const hits = Number(process.env.HITS ?? 500);
const isLogging = process.env.LOG !== 'off';
const connectionCount = 8;
const most = 1.02;
const key = 'bench-consumer-key-0001';
const path = '/v1/registry-images?limit=5';

/** The counts on the way of a hit in the bundle, and what stands there while the switch is off. */
const readings = [
  ['const startedAt = clock.monotonic();\n\t\tconst principal', 'isCounting ? clock.monotonic() : 0'],
  ['const ms = clock.monotonic() - startedAt;', 'isCounting ? clock.monotonic() - startedAt : 0'],
].map(([text, value]) => [text, text.replace(/= clock[^;]*/, `= ${value}`)]);
const counts = isLogging ? [] : readings;
for (const text of ['answers.hits += 1;', 'stale.note(age, now);\n\t\tconst { consumer', 'use.lastAt = now;'])
  counts.push([text, `if (isCounting) ${text}`]);
const requestCount = 'counts.count(line.consumer, line.route, line.status, line.ms);\n\t\thits.write(line);';
counts.push([requestCount, `if (isCounting) ${requestCount}`]);

/** As deep as dist/, so that all relative paths are right. */
const copy = join(root, `.dist-${randomUUID()}`);
process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
cpSync(join(root, 'dist'), copy, { recursive: true });
const bundle = join(copy, 'bundle/service.js');
let code = readFileSync(bundle, 'utf8');
for (const [text, switched] of counts) {
  if (code.split(text).length !== 2) throw new Error(`The bundle does not have this once: ${text}`);
  code = code.replace(text, () => switched);
}
const turn = "process.on('SIGUSR2', () => { isCounting = !isCounting; });";
writeFileSync(bundle, `let isCounting = true;\n${turn}\n${code}`);

const emulator = await startEmulator({ rate: 'off', totalRate: 'off' });
const env = { API_KEYS: `bench=${key}`, TTL_LISTS: '1h', LOG_LEVEL: isLogging ? 'info' : 'silent' };
const service = await startService(emulator, env, (command) => [command, [join(copy, 'main.js')]]);
const port = Number(new URL(service.url).port);
const request = `GET ${path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: ${key}\r\n\r\n`;

/** Sends one request at a time on each of a few connections. */
async function ask(count) {
  let left = count;
  const client = (socket) =>
    new Promise((resolve, reject) => {
      let received = '';
      const next = () => {
        if (left === 0) return resolve();
        left -= 1;
        received = '';
        socket.write(request);
      };
      socket.removeAllListeners('data').on('data', (text) => {
        received += text;
        const end = received.indexOf('\r\n\r\n');
        if (!received.startsWith('HTTP/1.1 200') && end > 0) return reject(new Error(received));
        const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
        if (end > 0 && received.length === end + 4 + length) next();
      });
      next();
    });
  await Promise.all(sockets.map(client));
}

/** CPU of the thread that answers, in µs for each hit. */
const cpuUs = () => Number(readFileSync(`/proc/${service.pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000;
async function measure() {
  // The first hits after the switch may still be counted as before.
  await ask(50);
  const before = cpuUs();
  await ask(hits);
  return (cpuUs() - before) / hits;
}

const sockets = Array.from({ length: connectionCount }, () =>
  connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay(),
);
await ask(20_000);
const [counted, bare, ratios] = [[], [], []];
let isCounting = true;
for (let pair = 0; pair < pairs; pair += 1) {
  // With and without, then without and with: a drift of the machine meets both alike.
  for (let half = 0; half < 2; half += 1) {
    (isCounting ? counted : bare).push(await measure());
    if (half === 1) continue;
    process.kill(service.pid, 'SIGUSR2');
    isCounting = !isCounting;
  }
  ratios.push(counted.at(-1) / bare.at(-1));
}
for (const socket of sockets) socket.destroy();
await service.stop();
await emulator.close();

const sorted = (values) => [...values].sort((a, b) => a - b);
const at = (values, share) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))];
/** The median's interval of 95 %, from the order of the values: it takes no shape of their distribution for granted. */
const halfWidth = 0.98 / Math.sqrt(pairs);
const result = {
  log: isLogging,
  pairs,
  hits,
  'µs with counts': Number(at(counted, 0.5).toFixed(2)),
  'µs without': Number(at(bare, 0.5).toFixed(2)),
  ratio: Number(at(ratios, 0.5).toFixed(4)),
  interval: [at(ratios, 0.5 - halfWidth), at(ratios, 0.5 + halfWidth)].map((it) => Number(it.toFixed(4))),
};
const target = {
  target: `with counts ≤ ${most} × without`,
  measured: result.ratio,
  met: result.ratio <= most,
};
const targets = isLogging ? [target] : [];
if (process.argv.includes('--json')) console.log(JSON.stringify({ ...result, targets }));
else {
  console.log(result);
  console.table(targets);
}
process.exit(0);
