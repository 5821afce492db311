// A build of the service and the emulator in this process, on one jumping clock. The clock jumps only while neither of
// them has work that needs no time, so figures in virtual seconds hardly depend on the machine.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { startEmulator } from '../../dist/emulator/emulator.js';
import { JumpingClock } from './jumping-clock.mjs';

export const rate = { limit: 5, windowMs: 60_000, kind: 'sliding' };
/** A thread that is late, such as a query's, is late by this time at most. */
const longestJumpMs = 5_000;
const longestWaitMs = 6 * 3_600_000;

/**
 * Starts with one API key for each consumer. The process has to be ended: nothing stops the service.
 *
 * @param dist the folder of the build to measure. The emulator is always the one of this build.
 * @returns `ask` sends a GET of a consumer; `passUntil` lets time pass until the condition holds.
 */
export async function startVirtually(dist, { consumers, ...rows }) {
  const clock = new JumpingClock();
  const emulator = await startEmulator({ rate, clock, ...rows });
  const load = (file) => import(pathToFileURL(join(dist, file)).href);
  const { createApp } = await load('app.setup.js');
  const { readConfig } = await load('config/config.js');
  const keyOf = (consumer) => `bench-consumer-key-${consumer}`;
  const config = readConfig(
    {
      HSS_REGION: emulator.region,
      HSS_ENDPOINT: emulator.url,
      HSS_PROJECT_ID: emulator.projectId,
      HSS_ENTERPRISE_PROJECT_ID: 'all_granted_eps',
      HSS_AUTH: 'aksk',
      CLOUD_SDK_AK: emulator.credentials.ak,
      CLOUD_SDK_SK: emulator.credentials.sk,
      HSS_RATE: `${rate.limit}/${rate.windowMs / 1_000}s`,
      API_KEYS: consumers.map((consumer) => `${consumer}=${keyOf(consumer)}`).join(','),
      PORT: '0',
    },
    () => '',
  );
  const log = pino({ level: 'silent' });
  const app = await createApp({ config, clock, log, hitLog: log, random: () => 0.5 });
  // Requests and answers that one side has sent and the other side has not read.
  let onTheWay = 0;
  app.getHttpServer().on('request', (_, response) => {
    onTheWay -= 1;
    response.once('finish', () => (onTheWay += 1));
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  const quiet = async () => {
    const { journal } = emulator;
    for (let seen = -1; seen !== journal.entries.length || onTheWay > 0;) {
      seen = journal.entries.length;
      await journal.settled();
      // Threads take real time. All other work takes turns of the event loop.
      await new Promise((resolve) => setTimeout(resolve, 2));
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };

  return {
    clock,
    emulator,
    async ask(consumer, path, headers = {}) {
      onTheWay += 1;
      const response = await fetch(url + path, { headers: { 'X-API-Key': keyOf(consumer), ...headers } });
      const text = await response.text();
      onTheWay -= 1;
      return { status: response.status, headers: response.headers, body: JSON.parse(text) };
    },
    async passUntil(holds) {
      const end = clock.now() + longestWaitMs;
      for (await quiet(); !holds(); await quiet()) {
        if (clock.now() > end) throw new Error(`Not within ${longestWaitMs} ms: ${String(holds)}`);
        clock.jump(longestJumpMs);
      }
    },
  };
}
