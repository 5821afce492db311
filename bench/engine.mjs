// The cache itself beside the libraries that one could use instead, each in processes of its own: hits in memory and from
// Redis; loads for a crowd on a cold key and on a key whose loads fail, over two instances; the wait of a caller when
// Redis is killed. Each library has the settings that its documentation advises (bench/peers/engines). Rounds alternate,
// the table shows medians, and ratios are taken round by round.
//
//   npm run bench engine [-- --json]        SECONDS=1 ROUNDS=5
import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onCore } from './support/load.mjs';
import { startRedis } from './support/redis.mjs';
import { keyOf } from './support/rows.mjs';

const forMs = Number(process.env.SECONDS ?? 1) * 1_000;
const rounds = Number(process.env.ROUNDS ?? 5);
const ours = 'hss-bff';
/** This library has no memory in front of its Redis: its hits in memory are measured without a fleet. */
const memoryOrRedis = 'async-cache-dedupe';
const names = [ours, 'bentocache', 'cacheable', 'cacheable, nonBlocking', memoryOrRedis];
/** The call budget waits this long before it trusts a new account: see docs/call-budget.md. */
const settledMs = 2_500;
const keys = (count, word) => Array.from({ length: count }, (_, index) => keyOf(`${word}-${index}`));
const many = keys(1_000, 'warm');

/** A process with one cache on the measured core; `ask` gives the process a task. */
async function instance(name, redisUrl, tier, { stderr = 'inherit' } = {}) {
  const [command, args] = onCore(0, process.execPath, []);
  const child = fork(fileURLToPath(new URL('peers/engine-worker.mjs', import.meta.url)), [], {
    execPath: command,
    execArgv: args,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
  });
  const ask = (task, given = {}) =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`${name} ended with ${code}`));
      child.once('exit', ended);
      child.once('message', ({ done, failed }) => {
        child.off('exit', ended);
        if (failed === undefined) resolve(done);
        else reject(new Error(`${name}, ${task}: ${failed}`));
      });
      child.send({ task, ...given });
    });
  await ask('open', { name, redisUrl, tier });
  return { ask, close: () => child.kill('SIGKILL') };
}

const redis = await startRedis();
const results = Object.fromEntries(names.map((name) => [name, {}]));

/** Rounds alternate, since the speed of the machine changes from round to round. */
async function hits(what, { tier, keys: read, inFlight }) {
  await redis.flush();
  const instances = {};
  for (const name of names) {
    instances[name] = await instance(name, redis.url, tier);
    await instances[name].ask('fill', { keys: read });
  }
  // This round does not count: the process compiles its code.
  for (let round = -1; round < rounds; round += 1)
    for (const name of names) {
      const seen = await instances[name].ask('hits', { keys: read, inFlight, forMs });
      if (round >= 0) (results[name][what] ??= []).push(seen);
    }
  for (const one of Object.values(instances)) one.close();
}

/** Two instances that know each other already. */
async function fleet(name) {
  await redis.flush();
  const two = [await instance(name, redis.url, 'fleet'), await instance(name, redis.url, 'fleet')];
  await sleep(settledMs);
  const together = (task, given) => Promise.all(two.map((one) => one.ask(task, given)));
  results[name].cold = await together('stampede', { key: keyOf('cold'), callers: 25 });
  results[name].failing = await together('failing', { key: keyOf('failing'), callers: 10 });
  for (const one of two) one.close();
}

/** Kills Redis under `size` instances at the moment in which one instance gets a request. */
async function outage(name, size) {
  const own = await startRedis();
  const all = [];
  // The processes have no stderr: ioredis reports each failed attempt there.
  for (let count = 0; count < size; count += 1)
    all.push(await instance(name, own.url, 'fleet', { stderr: 'ignore' }));
  await sleep(settledMs);
  const held = keyOf('held');
  for (const one of all) await one.ask('stampede', { key: held, callers: 1 });
  const seen = await all[0].ask('outage', { redisPid: own.pid, held, keys: keys(20, 'new') });
  for (const one of all) one.close();
  await own.stop();
  return seen;
}

const sum = (parts, what) => parts.reduce((total, one) => total + one[what], 0);
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rounded = (value, digits) => Number(value.toFixed(digits));
const perSecond = (name, what) => median(results[name][what].map((one) => one.perSecond));
const cpuUs = (name, what) => rounded(median(results[name][what].map((one) => one.cpuUs)), 2);
/** Hits of our cache as a multiple of this library's hits. */
const lead = (name, what) =>
  rounded(
    median(results[ours][what].map((one, round) => one.perSecond / results[name][what][round].perSecond)),
    2,
  );

await hits('one', { tier: 'memory', keys: many.slice(0, 1), inFlight: 1 });
await hits('many', { tier: 'memory', keys: many, inFlight: 1 });
await hits('redis', { tier: 'Redis', keys: many, inFlight: 32 });
for (const name of names) await fleet(name);
for (const name of names) results[name].outage = await outage(name, 1);
const inFleet = await outage(ours, 2);
await redis.stop();

const kinds = { one: 'memory, one key', many: 'memory, 1,000 keys', redis: 'Redis, 1,000 keys' };
const hitRows = Object.entries(kinds).flatMap(([what, hit]) =>
  names.map((name) => ({
    hit,
    name,
    'hits/s': perSecond(name, what),
    'CPU µs': cpuUs(name, what),
    'ours ÷ it': lead(name, what),
  })),
);
const waits = ({ added, held, unanswered }) => ({
  'ms more, new key': rounded(added, 1),
  'ms, held key': rounded(held, 1),
  unanswered,
});
const faultRows = names.map((name) => ({
  name,
  'loads, 50 callers': sum(results[name].cold, 'loads'),
  'loads, 20 that fail': sum(results[name].failing, 'burst'),
  'in 2 s more': sum(results[name].failing, 'again'),
  'told wrong': sum(results[name].cold, 'wrong') + sum(results[name].failing, 'wrong'),
  ...waits(results[name].outage),
}));
faultRows.push({ name: `${ours}, a fleet of two`, ...waits(inFleet) });

const mine = results[ours];
const upTo = (most) => (measured) => measured <= most;
const exactly = (wanted) => (measured) => measured === wanted;
const twoTiers = names.filter((name) => name !== ours && name !== memoryOrRedis);
const leastLead = (what) => Math.min(...twoTiers.map((name) => lead(name, what)));
const targets = [
  ['memory hits of one key ≥ the fastest of two tiers', leastLead('one'), (measured) => measured >= 1],
  ['memory hits of 1,000 keys ≥ the fastest of two tiers', leastLead('many'), (measured) => measured >= 1],
  ['50 callers of a cold key: 1 load', sum(mine.cold, 'loads'), exactly(1)],
  ['20 callers of a failing key: 1 load', sum(mine.failing, 'burst'), exactly(1)],
  // The hold-off of 1 s is followed by one load and a hold-off of 2 s.
  ['the same 20 for 2 s: 1 load more', sum(mine.failing, 'again'), exactly(1)],
  ['callers told wrong: 0', sum(mine.cold, 'wrong') + sum(mine.failing, 'wrong'), exactly(0)],
  ['Redis killed: ≤ 50 ms more for a new key', rounded(mine.outage.added, 1), upTo(50)],
  ['Redis killed: ≤ 50 ms for a held key', rounded(mine.outage.held, 1), upTo(50)],
  ['Redis killed: a held key in a fleet of two ≤ 50 ms', rounded(inFleet.held, 1), upTo(50)],
  ['Redis killed: nothing unanswered', mine.outage.unanswered + inFleet.unanswered, exactly(0)],
].map(([target, measured, isMet]) => ({ target, measured, met: isMet(measured) }));

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ hits: hitRows, faults: faultRows, targets, results, inFleet }));
} else {
  console.log(`Hits: ${rounds} rounds of ${forMs / 1_000} s; from Redis 32 readers at once`);
  console.table(hitRows);
  console.log(
    'Crowds over two instances, loads of 100 ms; Redis killed: the worst of 20 keys, one after the other',
  );
  console.table(faultRows);
  console.table(targets);
}
