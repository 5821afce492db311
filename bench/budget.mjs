// Calls of HSS and answers to consumers when 20 consumers keep asking four processes for distinct cold images at 5 calls
// in 10 s: this service beside other rate limiters in front of HSS, each for a minute on the same emulator.
//
//   npm run bench budget [-- --json]        SECONDS=20 for a shorter look
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startEmulator } from '../dist/emulator/emulator.js';
import { startRedis } from './support/redis.mjs';
import { startService } from './support/service.mjs';

const limit = 5;
const windowMs = 10_000;
const deadlineMs = 15_000;
const forMs = Number(process.env.SECONDS ?? 60) * 1000;
const processes = 4;
const api = 'ListImageFiles';
const key = 'bench-consumer-key-0001';

const redis = await startRedis();
const rows = [];
for (const shield of ['none', 'rate-limiter-flexible', 'bottleneck', 'hss-bff']) {
  await redis.flush();
  const emulator = await startEmulator({
    rate: { limit, windowMs, kind: 'sliding' },
    totalRate: 'off',
    latencyMs: [5, 30],
  });
  const env = {
    REDIS_URL: redis.url,
    HSS_RATE: `${limit}/${windowMs / 1000}s`,
    REQUEST_DEADLINE: `${deadlineMs}ms`,
    API_KEYS: Array.from({ length: 20 }, (_, index) => `c${index}=${key}${index}`).join(','),
  };
  const services =
    shield === 'hss-bff'
      ? await Promise.all(Array.from({ length: processes }, () => startService(emulator, env)))
      : [];
  const answers = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      work({
        shield,
        index,
        keys: Array.from({ length: 5 }, (__, consumer) => `${key}${5 * index + consumer}`),
        url: services[index]?.url ?? emulator.url,
        token: emulator.issueToken(),
        region: emulator.region,
        projectId: emulator.projectId,
        redisUrl: redis.url,
        limit,
        windowMs,
        deadlineMs,
        forMs,
      }),
    ),
  );
  const calls = emulator.journal.calls(api);
  const count = (name) => answers.reduce((sum, one) => sum + one[name], 0);
  rows.push({
    'in front of HSS': shield,
    'calls HSS saw': calls.length,
    '429s': calls.filter(({ outcome }) => outcome === 429).length,
    'most in any window': emulator.journal.busiestWindow(windowMs, api),
    answered: count('answered'),
    possible: limit * Math.floor(forMs / windowMs),
    'refused with a time': count('told'),
    'of these kept (%)': count('repeats') === 0 ? null : Math.round((100 * count('kept')) / count('repeats')),
    'refused or late without': count('untold'),
  });
  await Promise.all(services.map((service) => service.stop()));
  await emulator.close();
}
await redis.stop();
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);

function work(options) {
  const child = fork(fileURLToPath(new URL('peers/budget-worker.mjs', import.meta.url)), [], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  child.send(options);
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => code !== 0 && reject(new Error(`A worker ended with ${code}`)));
  });
}
