// One process of the long check `trace`: answers its part of a trace with bentocache, with memory, Redis and its bus. A
// stale value is given at once and refreshed in the background. Requests are [ms after the start, image name], in order.
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';

process.once('message', async (options) => {
  const { redisUrl, freshMs, startsAt, requests } = options;
  const { hostname: host, port } = new URL(redisUrl);
  const store = bentostore()
    .useL1Layer(memoryDriver({ maxSize: '64mb' }))
    .useL2Layer(redisDriver({ connection: new Redis(redisUrl) }))
    .useBus(redisBusDriver({ connection: { host, port: Number(port) } }));
  const bento = new BentoCache({ default: 'tiers', stores: { tiers: store } });
  let failed = 0;
  const answers = [];
  await sleep(startsAt - Date.now());
  for (const [atMs, name] of requests) {
    const waitMs = startsAt + atMs - Date.now();
    if (waitMs > 1) await sleep(waitMs);
    const answer = bento.getOrSet({
      key: name,
      ttl: freshMs,
      grace: '1h',
      timeout: 0,
      factory: () => callHss(options, name),
    });
    answers.push(answer.catch(() => (failed += 1)));
  }
  await Promise.all(answers);
  // A refresh may still be under way.
  await sleep(500);
  process.send({ failed }, () => process.exit(0));
});

async function callHss({ url, token, region, projectId }, name) {
  const query = new URLSearchParams({
    enterprise_project_id: 'all_granted_eps',
    image_name: name,
    limit: '200',
    offset: '0',
  });
  const answer = await fetch(`${url}/v5/${projectId}/image/registries/images?${query}`, {
    headers: { 'X-Auth-Token': token, region },
  });
  if (!answer.ok) throw new Error(`HSS answered ${answer.status}`);
  return answer.json();
}
