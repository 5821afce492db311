// `npm run client:types` writes the generated files of clients/typescript anew, from the document of the built service.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, needsBuild, root } from './build.mjs';

if (needsBuild() && (await build()) !== 0) process.exit(1);
const demo = spawn(process.execPath, [join(root, 'dist/main.js')], {
  env: { PATH: process.env.PATH, PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let said = '';
for await (const chunk of demo.stdout) {
  said += chunk;
  if (/Base URL +(\S+)/.test(said)) break;
}
const [, url] = /Base URL +(\S+)/.exec(said) ?? [];
if (url === undefined) throw new Error(`The demo did not start: ${said}`);
const document = await (await fetch(`${url}/openapi.json`)).text();
demo.kill();
const folder = mkdtempSync(join(tmpdir(), 'hss-bff-client-'));
const source = join(folder, 'openapi.json');
writeFileSync(source, document);
const client = join(root, 'clients/typescript');
const { status } = spawnSync(
  process.execPath,
  [join(client, 'scripts/generate.mjs'), source, join(client, 'src')],
  { stdio: 'inherit' },
);
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
