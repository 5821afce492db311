import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.js';
import { Consumer, quantile } from './consumer.js';
import { imageId } from './demand.js';
import { atMost, noted, type Finding } from './findings.js';
import { adminKey, cacheKey, consumers, type Fleet, type Scale } from './fleet.js';

const path = '/v1/registry-images?name=proxy-agent&tag=24.5.0-x86_64';
/** Readers of each process. Each reader pauses between requests, since the load comes from the measured machine. */
const readersEach = 2;
const betweenMs = 4;

/** After the answer to a purge no process gives an older value, however many requests come. */
export async function purgesIn(fleet: Fleet, { cache }: Scale): Promise<Finding[]> {
  const { emulator, members } = fleet;
  const consumer = new Consumer(consumers[0]!.key);
  const seen = members.map(() => 0);
  const wrong = { old: 0, failed: [] as string[], reads: 0 };
  // A version is a number that HSS gives in the row. Each new version is larger.
  let least = 0;
  const over = new AbortController();
  const readers = members.flatMap(({ url }, index) =>
    Array.from({ length: readersEach }, async () => {
      while (!over.signal.aborted) {
        const expected = least;
        const { status, body } = await consumer.get(url + path);
        const version = status === 200 ? versionIn(body) : NaN;
        wrong.reads += 1;
        if (Number.isNaN(version)) wrong.failed.push(`${status} ${body.slice(0, 300)}`);
        else if (version < expected) wrong.old += 1;
        else seen[index] = Math.max(seen[index]!, version);
        await sleep(betweenMs);
      }
    }),
  );

  const change = (version: number) => emulator.data.rescan(imageId, Date.now(), { vulNum: version });
  change(1);
  await purge(fleet, { all: true });
  await until(() => seen.every((version) => version >= 1));
  await emulator.journal.settled();
  emulator.journal.clear();
  const tookMs: number[] = [];
  const answers = { notByAll: 0, refused: 0 };
  const targets = targetsOf(fleet);
  for (let turn = 0; turn < cache.purges; turn += 1) {
    const version = turn + 2;
    change(version);
    const startedAt = performance.now();
    const status = await purge(fleet, targets[turn % targets.length]!);
    tookMs.push(performance.now() - startedAt);
    if (status === 200) least = version;
    else if (status === 202) answers.notByAll += 1;
    else answers.refused += 1;
    // Wait until the new value is cached: the next purge must find an entry.
    await until(() => seen.every((at) => at >= version) || status !== 200);
  }
  const calls = emulator.journal.calls('ListRegistryImages').length;
  over.abort();
  await Promise.all(readers);
  consumer.close();
  return [
    noted('purges in a row, reads meanwhile', `${cache.purges} ${wrong.reads}`),
    atMost('old values after the answer', wrong.old, 0),
    atMost('reads that failed (%)', (100 * wrong.failed.length) / wrong.reads, 100 * cache.mostRefused),
    ...wrong.failed.slice(0, 3).map((text) => noted('', text)),
    atMost('purges that were refused', answers.refused, 0),
    atMost('purges that some instance did not acknowledge within 1 s', answers.notByAll, cache.mostUnheard),
    noted(
      'a purge takes, p50 / p99 / most (ms)',
      [0.5, 0.99, 1].map((q) => quantile(tookMs, q).toFixed(1)).join(' / '),
    ),
    atMost('p99 (ms)', quantile(tookMs, 0.99), cache.purgeWithinMs),
    noted('calls of HSS for each', calls / cache.purges),
  ];
}

function versionIn(body: string): number {
  const { items } = JSON.parse(body) as {
    items: { imageId: string; findingCounts: { vulnerabilities: number } }[];
  };
  return (
    items.find((row) => `sha256:${row.imageId.replace(/^sha256:/, '')}` === imageId)?.findingCounts
      .vulnerabilities ?? NaN
  );
}

async function purge({ members: [first] }: Fleet, target: Record<string, unknown>): Promise<number> {
  const answer = await fetch(`${first!.url}/v1/admin/cache/purge`, {
    method: 'POST',
    headers: { 'X-API-Key': adminKey, 'content-type': 'application/json' },
    body: JSON.stringify(target),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Each way to name the entry that the readers ask for. */
function targetsOf({ emulator }: Fleet): Record<string, unknown>[] {
  return [
    { key: cacheKey(emulator, 'image_name=proxy-agent&image_version=24.5.0-x86_64') },
    { tag: 'list:registry-images' },
    { tag: `image:${imageId}` },
  ];
}
