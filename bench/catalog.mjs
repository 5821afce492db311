// Measures the catalog's index alone, each size in a process of its own: time and memory of loading, time of 20
// typical questions one at a time, delays of the event loop, and how all of this grows. After this, the same tables
// and some of the questions in libsql, the engine that was compared with DuckDB.
//
//   npm run bench catalog [--json]
//   node --expose-gc bench/catalog.mjs IMAGES [--json]: one size, the index alone
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { catalogTargets } from './peers/catalog-worker.mjs';

const worker = fileURLToPath(new URL('peers/catalog-worker.mjs', import.meta.url));
const only = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 0);
const asJson = process.argv.includes('--json');

// The heap grows by the same percentage as in src/service.ts.
function measure(engine, images) {
  const child = spawnSync(
    process.execPath,
    ['--expose-gc', '--heap-growing-percent=50', worker, engine, String(images)],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (child.status !== 0) throw new Error(`${engine} with ${images} images ended with ${child.status}`);
  return JSON.parse(child.stdout);
}

const sizes = only > 0 ? [only] : [1_000, 10_000, 100_000];
const results = sizes.map((images) => measure('index', images));
const peers = sizes.slice(1).map((images) => measure('libsql', images));
if (asJson) console.log(JSON.stringify({ results, peers, targets: catalogTargets }));
else {
  console.table(results.map(({ questions: _questions, bounded: _bounded, ...whole }) => whole));
  const largest = results.at(-1);
  const middle = results.at(-2) ?? largest;
  console.table(
    Object.entries(largest.questions).map(([question, { p50, p99, cpuMs, eventLoopMax, found }]) => ({
      question,
      found,
      'p50 ms': p50,
      'p99 ms': p99,
      'CPU ms': cpuMs,
      'event loop ms': eventLoopMax,
      'p50 at 10k': middle.questions[question].p50,
      'growth 10k→100k': Number((p50 / middle.questions[question].p50).toFixed(1)),
      'within 20 ms': p99 < catalogTargets.questionMs ? 'yes' : 'no',
    })),
  );
  console.table(
    Object.entries(largest.bounded).map(([question, { p50, p99, cpuMs, found }]) => ({
      'question of a consumer with namespaces': question,
      found,
      'p50 ms': p50,
      'p99 ms': p99,
      'CPU ms': cpuMs,
      'within 50 ms': p99 < catalogTargets.boundedMs ? 'yes' : 'no',
    })),
  );
  if (peers.length > 0) showPeers(largest);
}

function showPeers(largest) {
  console.table(
    Object.entries(peers[1].questions).map(([question, { p50, p99 }]) => ({
      question,
      'libsql p50 ms': p50,
      'libsql p99 ms': p99,
      'DuckDB p50 ms': largest.questions[question].p50,
      'DuckDB p99 ms': largest.questions[question].p99,
    })),
  );
  console.table(peers.map(({ questions: _questions, ...whole }) => whole));
}
