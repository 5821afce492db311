// One process of bench/budget: five consumers that request one distinct image after the other through a rate limiter.
// A refused request is repeated after the time that the refusal names, or after a second.
import Bottleneck from 'bottleneck';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterQueue } from 'rate-limiter-flexible';
import { setTimeout as sleep } from 'node:timers/promises';

const imageId = 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';

process.once('message', async (options) => {
  const { keys, deadlineMs, forMs, shield, index } = options;
  const { ask, end } = await shields[shield](options);
  const endsAt = Date.now() + forMs;
  const seen = { answered: 0, told: 0, repeats: 0, kept: 0, untold: 0 };
  let images = 0;

  async function insist(key) {
    while (Date.now() < endsAt) {
      const word = `${index}-${(images += 1)}`;
      for (let isRepeat = false; Date.now() < endsAt;) {
        const late = sleep(deadlineMs + 500, { status: 0 }, { ref: false });
        const { status, retryAfterMs } = await Promise.race([ask(word, key), late]);
        if (isRepeat) seen.repeats += 1;
        if (status === 200) {
          seen.answered += 1;
          if (isRepeat) seen.kept += 1;
          break;
        }
        isRepeat = retryAfterMs !== undefined;
        if (isRepeat) seen.told += 1;
        else seen.untold += 1;
        const waitMs = isRepeat ? retryAfterMs + Math.random() * 950 : 1_000;
        if (Date.now() + waitMs >= endsAt) return;
        await sleep(waitMs);
      }
    }
  }

  await Promise.all(keys.map(insist));
  await end?.();
  process.send(seen, () => process.exit(0));
});

function callHss({ url, token, region, projectId, deadlineMs }) {
  return async (word) => {
    const query = new URLSearchParams({
      image_type: 'private_image',
      namespace: 'scc_hss_container',
      image_name: 'proxy-agent',
      tag_name: '24.5.0-x86_64',
      enterprise_project_id: 'all_granted_eps',
      limit: '200',
      offset: '0',
      file_name: word,
    });
    const answer = await fetch(`${url}/v5/${projectId}/image/${imageId}/files?${query}`, {
      headers: { 'X-Auth-Token': token, region },
      signal: AbortSignal.timeout(deadlineMs),
    });
    await answer.arrayBuffer();
    return { status: answer.status };
  };
}

const shields = {
  none: (options) => ({ ask: callHss(options) }),

  'rate-limiter-flexible'(options) {
    const { limit, windowMs } = options;
    const queue = new RateLimiterQueue(new RateLimiterMemory({ points: limit, duration: windowMs / 1000 }));
    const call = callHss(options);
    return { ask: (word) => queue.removeTokens(1).then(() => call(word)) };
  },

  async bottleneck(options) {
    const { limit, windowMs, redisUrl } = options;
    const connection = new Bottleneck.IORedisConnection({ client: new Redis(redisUrl) });
    const limiter = new Bottleneck({
      id: 'hss',
      connection,
      reservoir: limit,
      reservoirRefreshAmount: limit,
      reservoirRefreshInterval: windowMs,
    });
    await limiter.ready();
    const call = callHss(options);
    return { ask: (word) => limiter.schedule(() => call(word)), end: () => limiter.disconnect(false) };
  },

  'hss-bff': ({ url, deadlineMs }) => ({
    async ask(word, key) {
      const query = 'type=private_image&namespace=scc_hss_container&name=proxy-agent&tag=24.5.0-x86_64';
      const answer = await fetch(`${url}/v1/images/${imageId}/files?${query}&fileName=${word}`, {
        headers: { 'X-API-Key': key },
        signal: AbortSignal.timeout(deadlineMs + 500),
      });
      await answer.arrayBuffer();
      const retryAfter = answer.headers.get('retry-after');
      return {
        status: answer.status,
        retryAfterMs: retryAfter === null ? undefined : Number(retryAfter) * 1000,
      };
    },
  }),
};
