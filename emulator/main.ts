/** The emulator as a program: `npm run emulator`. */
import { BadCommandLine, optionsFrom, usageText } from './command-line.js';
import { startEmulator, type Emulator } from './emulator.js';

try {
  const options = optionsFrom(process.argv.slice(2), process.env);
  if (options === undefined) {
    process.stdout.write(usageText);
  } else {
    const emulator = await startEmulator(options);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void emulator.close());
    process.stdout.write(greeting(emulator));
  }
} catch (error) {
  process.stderr.write(`${complaint(error)}\n`);
  process.exitCode = 1;
}

function complaint(error: unknown): string {
  if (error instanceof BadCommandLine) return `${error.message}\nSee --help.`;
  const { code, port } = error as { code?: string; port?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken: choose another with PORT or --port, 0 for a free one.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function greeting({ url, projectId, region, credentials }: Emulator): string {
  return `HSS emulator on ${url}

  Project  ${projectId} (${region})
  Keys     AK ${credentials.ak}  SK ${credentials.sk}
  IAM      domain ${credentials.domain}, user ${credentials.user}, password ${credentials.password}
  (These credentials work with this emulator only.)

  TOKEN=$(curl -s ${url}/__emulator/info | node -pe 'JSON.parse(require("fs").readFileSync(0)).token')
  curl -s -H "X-Auth-Token: $TOKEN" '${url}/v5/${projectId}/image/registries/images?limit=2'

  curl -s '${url}/__emulator/journal?api=ListRegistryImages'
  curl -s -X POST ${url}/__emulator/faults -d '{"kind":"throttle","times":3,"retryAfter":"7"}'
  curl -s -X POST ${url}/__emulator/clock -d '{"advanceMs":60000}'
`;
}
