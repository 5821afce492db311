// The made-up catalog as it would come from Redis: made in another process, so that what making it costs in memory is
// not measured along with what reads it. One chunk of JSON a line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { catalogOf } from './catalog-data.mjs';

const self = fileURLToPath(import.meta.url);

export async function* chunksFromChild(images) {
  const child = spawn(process.execPath, [self, String(images)], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
}

if (process.argv[1] === self)
  for await (const chunk of catalogOf(Number(process.argv[2])))
    if (!process.stdout.write(`${JSON.stringify(chunk)}\n`)) await once(process.stdout, 'drain');
