// The console with the catalog of 100,000 images, in Chromium: the first view on the page's own clock, what typing blocks,
// and the time from a question to the drawn answer. The service finds the catalog in Redis, as in bench/catalog-http.
//
//   npm run bench console [--json] [IMAGES]
import { chromium } from 'playwright-core';
import { startEmulator } from '../dist/emulator/emulator.js';
import { writeBase } from './support/catalog-log.mjs';
import { namesOfLog } from './support/log-names.mjs';
import { startRedis } from './support/redis.mjs';
import { startService } from './support/service.mjs';

const images = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 100_000);
const rounds = Number(process.env.ROUNDS ?? 3);
/** A person notices when a key takes longer to show. */
const longTaskMs = 50;
const targets = { firstViewMs: 1_000, searchMs: 150, typingMs: longTaskMs };
const words = ['service-49', 'team', 'service-123', 'api', 'service-7', 'service-49001', 'web', 'service-31'];
const files = ['lib291', 'libssl', 'lib29100', 'lib1'];
const quantile = (times, share) => {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round(sorted[Math.ceil(sorted.length * share) - 1]);
};

const key = 'bench-consumer-key-0001';
const env = {
  HSS_RATE: '1000/1s',
  HSS_RATE_TOTAL: '1000/1s',
  CATALOG: 'on',
  LOG_LEVEL: 'error',
  ADMIN_API_KEYS: `bench=${key}`,
};

const redis = await startRedis();
const emulator = await startEmulator({ rate: 'off', totalRate: 'off' });
env.REDIS_URL = redis.url;
const log = await writeBase(images, Number(new URL(redis.url).port), await namesOfLog(redis, emulator, env));
const service = await startService(emulator, env);
await untilCatalogIsThere();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
const figures = { firstViews: [], searches: [], answers: [], drawing: [], longTasks: [] };
for (let round = 0; round < rounds; round += 1) await measure();
await browser.close();
await service.stop();
await log.release();
await emulator.close();
await redis.stop();
report();

async function untilCatalogIsThere() {
  for (;;) {
    const answer = await fetch(`${service.url}/v1/images?limit=1`, { headers: { 'x-api-key': key } });
    if (answer.ok && (await answer.json()).total >= images) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** One visit: the first view, then words that are typed key by key, as fast as a person can. */
async function measure() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript(`sessionStorage.setItem('hss-bff.key', '${key}')`);
  await context.addInitScript(watch);
  const page = await context.newPage();
  await page.goto(`${service.url}/console/images`);
  await page.locator('table.rows tbody tr').first().waitFor();
  figures.firstViews.push(await page.evaluate('window.drawnAt - window.firstAnswerAt'));
  for (const [label, list] of [
    ['Name, digest or reference', words],
    ['File', files],
  ])
    for (const word of list) {
      await page.evaluate('window.begin()');
      await page.getByLabel(label, { exact: true }).fill('');
      await page.getByLabel(label, { exact: true }).pressSequentially(word, { delay: 60 });
      await page.waitForFunction(
        (text) => new URL(location.href).search.includes(encodeURIComponent(text)) && window.isDrawn(),
        word,
      );
      const { search, answer, draw, tasks } = await page.evaluate('window.measured()');
      figures.searches.push(search);
      figures.answers.push(answer);
      figures.drawing.push(draw);
      figures.longTasks.push(...tasks);
      await page.getByLabel(label, { exact: true }).fill('');
    }
  await context.close();
}

/** Runs in the page. The page's own clock tells when a question left, when its answer came, and when it was drawn. */
function watch() {
  const asked = [];
  const original = window.fetch;
  let [tasks, isWaiting] = [[], false];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe(
    {
      type: 'longtask',
      buffered: true,
    },
  );
  window.firstAnswerAt = 0;
  window.fetch = async (input, init) => {
    const url = String(input.url ?? input);
    const isQuestion = url.includes('/v1/images?');
    const entry = { url, at: performance.now(), answeredAt: 0, drawnAt: 0 };
    if (isQuestion) asked.push(entry);
    const response = await original(input, init);
    window.firstAnswerAt ||= performance.now();
    if (isQuestion) {
      entry.answeredAt = performance.now();
      isWaiting = true;
    }
    return response;
  };
  addEventListener('DOMContentLoaded', () =>
    new MutationObserver(() => {
      if (!isWaiting || !document.querySelector('table.rows tbody tr, .mark')) return;
      isWaiting = false;
      const last = asked.at(-1);
      // The frame after the change is on the screen when the next one begins.
      requestAnimationFrame(() =>
        setTimeout(() => {
          last.drawnAt = performance.now();
          window.drawnAt ??= last.drawnAt;
        }),
      );
    }).observe(document.body, { childList: true, subtree: true, characterData: true }),
  );
  window.begin = () => {
    asked.length = 0;
    tasks = [];
  };
  window.isDrawn = () => (asked.at(-1)?.drawnAt ?? 0) > 0;
  window.measured = () => {
    const { at, answeredAt, drawnAt } = asked.at(-1);
    return { search: drawnAt - at, answer: answeredAt - at, draw: drawnAt - answeredAt, tasks };
  };
}

function report() {
  const { firstViews, searches, answers, drawing, longTasks } = figures;
  const longest = Math.round(Math.max(0, ...longTasks));
  const rows = [
    {
      target: `first view after the first answer < ${targets.firstViewMs} ms`,
      measured: quantile(firstViews, 1),
    },
    { target: `search to drawn answer, 95 % < ${targets.searchMs} ms`, measured: quantile(searches, 0.95) },
    { target: `longest task while typing < ${targets.typingMs} ms`, measured: longest },
  ];
  const limits = Object.values(targets);
  const judged = rows.map((row, index) => ({ ...row, met: row.measured < limits[index] }));
  const more = {
    images,
    searches: searches.length,
    'search median ms': quantile(searches, 0.5),
    'until the answer, median and 95 % ms': [quantile(answers, 0.5), quantile(answers, 0.95)],
    'drawing, median and 95 % ms': [quantile(drawing, 0.5), quantile(drawing, 0.95)],
    'long tasks': longTasks.length,
  };
  if (process.argv.includes('--json')) console.log(JSON.stringify({ ...more, targets: judged }));
  else {
    console.table(judged);
    console.log(more);
  }
}
