// What strict answers cost at 5 calls in 60 s: the calls of HSS and the verdicts of 20 gates beside a dashboard in one
// hour, and the time to a verdict when 20 and 100 gates ask at once while the catalog walks over 10,000 images. Times
// are virtual: HSS answers at once, and the clock jumps over all waiting.
//
//   npm run bench honesty [-- --json]        SECONDS=3600: virtual length of the hour
//   BEFORE=FOLDER measures another build beside this build: the folder is that build's dist/.
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../scripts/build.mjs';

const seconds = Number(process.env.SECONDS ?? 3_600);
const worker = fileURLToPath(new URL('peers/honesty-worker.mjs', import.meta.url));
const builds = {
  ...(process.env.BEFORE && { before: resolve(process.env.BEFORE) }),
  now: join(root, 'dist'),
};

async function measure(dist, scenario) {
  const child = spawn(process.execPath, [worker, dist, scenario, String(seconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  const code = await new Promise((ended) => child.once('close', ended));
  if (code !== 0) throw new Error(`${scenario} of ${dist} ended with ${code}`);
  return JSON.parse(said);
}

const hours = {};
const crowds = {};
// Both at once: virtual time hardly depends on how busy the machine is.
for (const [build, dist] of Object.entries(builds))
  [hours[build], crowds[build]] = await Promise.all([measure(dist, 'hour'), measure(dist, 'crowd')]);

const hourRows = Object.entries(hours).map(([build, hour]) => ({
  build,
  'calls of HSS': hour.calls,
  'registry list': hour.registry,
  'of these by name': hour.byName,
  'local list': hour.local,
  content: hour.content,
  'gates asked': hour.asked,
  pass: hour.pass,
  bad: hour.bad,
  'cannot tell': hour.unknown,
  'passed, but High for over 60 s': hour.outdated,
  'verdict at once (%)': Math.round(100 * hour.atOnce),
  'p50 s': Math.round(hour.p50),
  'p95 s': Math.round(hour.p95),
}));
const crowdRows = Object.entries(crowds).flatMap(([build, runs]) =>
  runs.map((run) => ({
    build,
    gates: run.gates,
    images: run.images,
    'asked by': run.by,
    'API keys': run.keys,
    'p50 s': Math.round(run.p50),
    'p95 s': Math.round(run.p95),
    'within 300 s': run.inPatience,
    'calls by name': run.callsByName,
    'calls of the walk': run.walkCalls,
  })),
);

const { now } = hours;
const together = (count) => crowds.now.filter(({ gates, images }) => gates === count && images === count);
const [first, repeated] = crowds.now.filter(({ images }) => images === 1);
const worst = (runs, field) => Math.max(...runs.map((run) => run[field]));
const atMost = (most) => (measured) => measured <= most;
const targets = [
  ['calls in any 60 s: 5', worst([now, ...crowds.now], 'mostInWindow'), atMost(5)],
  ['429s of HSS: 0', now.throttled, atMost(0)],
  ['gates that passed an image that HSS had rated High for over 60 s: 0', now.outdated, atMost(0)],
  ['questions of the dashboard that were refused: 0', now.refused, atMost(0)],
  ['20 gates ask for one image: 1 call', first.callsByName, atMost(1)],
  ['the same 20 again within the fresh life: 0 calls', repeated.callsByName, atMost(0)],
  // A call for each image, and up to five calls of the walk that still count when the gates begin.
  ['20 images at once: p95 ≤ 300 s', worst(together(20), 'p95'), atMost(300)],
  ['100 images at once: p95 ≤ 1,500 s', worst(together(100), 'p95'), atMost(1_500)],
  ['gates of a crowd without a verdict: 0', worst(crowds.now, 'unknown'), atMost(0)],
].map(([target, measured, isMet]) => ({ target, measured, met: isMet(measured) }));

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ hours, crowds, targets }));
} else {
  console.log(`${seconds} virtual seconds: 20 gates that ask every 3 minutes, and a dashboard`);
  console.table(hourRows);
  console.log('Gates that ask at once, in virtual seconds');
  console.table(crowdRows);
  console.table(targets);
}
