import { it } from '@jest/globals';
import { realProcess } from '../support/real-process.js';
import { checks, shortScale } from './checks.js';
it('all', async () => {
  const t = Date.now();
  await Promise.all(
    ['outage', 'clock', 'pushback', 'kills'].map(async (name) => {
      await checks[name]!(shortScale).catch((e: unknown) => [
        { what: String((e as Error).stack), measured: '', target: '', isMet: false },
      ]);
      realProcess.stdout.write(`${name} ${Date.now() - t}\n`);
    }),
  );
}, 100000);
