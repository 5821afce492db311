import { it } from '@jest/globals';
import { realProcess } from '../support/real-process.js';
import { checks, shortScale } from './checks.js';
import { table } from './findings.js';
for (const name of ['pushback','pushback'])
  it(name, async () => {
    const t = Date.now();
    const f = await checks[name]!(shortScale);
    realProcess.stdout.write(table(`${name} ${Date.now() - t} ms`, f));
  }, 60000);
