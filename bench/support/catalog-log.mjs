// The made-up catalog in the log in Redis. Another process writes the base, so that the cost of writing is not
// measured along with reading.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { catalogOf } from './catalog-data.mjs';

const self = fileURLToPath(import.meta.url);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const token = 'bench';

/** `prefix` and `scope` are the service's own for a log that a service must find. */
async function openLog(port, { prefix, scope } = { prefix: 'bench', scope: 'bench' }) {
  const { StoredLog } = await import('../../dist/catalog/log/stored-log.js');
  const { RedisLink } = await import('../../dist/redis/redis-link.js');
  const { createRedis } = await import('../../dist/redis/connect.js');
  const { systemClock } = await import('../../dist/time/clock.js');
  const redis = createRedis({ kind: 'single', host: '127.0.0.1', port, db: 0 });
  const link = new RedisLink(redis, prefix, systemClock, silent);
  await link.connect(1_000);
  return { link, log: new StoredLog(link, scope) };
}

/** The base that a new instance loads. */
export async function readBase(port) {
  const { link, log } = await openLog(port);
  const head = await log.head();
  const base = await log.base(head.bases[0]);
  return { ...base, epoch: head.epoch, bytes: head.bases[0].bytes, close: () => link.close() };
}

/**
 * Writes the base in a child process. The child then keeps the lease, so that no other instance begins to sync.
 * @returns the time of writing in ms, and a function that ends the child.
 */
export async function writeBase(images, port, names) {
  const child = spawn(process.execPath, [self, String(images), String(port), JSON.stringify(names) ?? ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const output = await Promise.race([once(child.stdout, 'data'), ended]);
  if (child.exitCode !== null) throw new Error(`Writing the log of ${images} images ended with ${output[0]}`);
  return {
    writeMs: Number(output[0]),
    async release() {
      child.kill();
      await ended;
    },
  };
}

async function write(images, port, names) {
  const { CatalogIndex } = await import('../../dist/catalog/index/catalog-index.js');
  const { notSynced } = await import('../../dist/catalog/model/sync-state.js');
  const { systemClock } = await import('../../dist/time/clock.js');
  const index = await CatalogIndex.open({ clock: systemClock });
  const [at, seen] = [Date.now(), { registry: [], local: [] }];
  const read = (list, rows) => ({ ...list, walkedAt: at, deltaAt: at, rows, total: rows });
  const sync = {
    ...notSynced,
    registry: read(notSynced.registry, images),
    local: read(notSynced.local, 3 * images),
    lastSerial: images,
  };
  let version = 0;
  for await (const step of catalogOf(images)) {
    version += 1;
    await index.apply({ version, at, ...step, gone: [], events: [], seen, sync });
  }
  const { link, log } = await openLog(port, names);
  let beat = 0;
  const hold = () => link.run((redis) => redis.set(log.leaseKey, `${token} ${(beat += 1)} {}`));
  await hold();
  // A busy machine may miss a beat; the lease lasts longer.
  setInterval(() => void hold().catch(() => {}), 1_000);
  const startedAt = performance.now();
  const content = { snapshot: index.snapshot(), history: { after: { version, at }, steps: [] } };
  const alone = { before: null, isAlone: true };
  const written = await log.writeBase(token, 'epoch', { version, at, sync, seen }, content, alone);
  if (written !== 'ok') throw new Error(`The base was not taken: ${written}`);
  console.log(Math.round(performance.now() - startedAt));
}

if (process.argv[1] === self) {
  const [, , images, port, names] = process.argv;
  await write(Number(images), Number(port), names ? JSON.parse(names) : undefined);
}
