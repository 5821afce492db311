/**
 * The demo: the service without any setting, on an emulated HSS in the same process, with an API key that is made at
 * the start. Used by service.ts; never part of production.
 */
import { randomBytes } from 'node:crypto';
import type { Surroundings } from './app.module.js';
import type { CatalogStatus } from './catalog/sync/status.js';
import type { Config } from './config/config.js';

export interface Demo {
  surroundings: Pick<Surroundings, 'config' | 'demoKey'>;
  /** Prints the next steps for the user. */
  greet(baseUrl: string): void;
  /** Shows the progress of the catalog in a line of the terminal, until the catalog is complete. */
  follow(status: () => CatalogStatus): void;
  close(): Promise<void>;
}

/** The part of the emulator that the demo uses. The emulator is a separate program: see `imports` in package.json. */
interface EmulatorModule {
  startEmulator: () => Promise<{
    url: string;
    region: string;
    projectId: string;
    credentials: { ak: string; sk: string };
    close(): Promise<void>;
  }>;
}
/** The path is in a variable, so that the compiler does not look for a file that exists only after a build. */
const emulatorModule: string = '#emulator';

export async function startDemo(config: Config): Promise<Demo> {
  const { startEmulator } = (await import(emulatorModule)) as EmulatorModule;
  const emulator = await startEmulator();
  const { url, region, projectId } = emulator;
  const { ak, sk } = emulator.credentials;
  // If a key is configured, no demo key is made.
  const hasKeys = config.apiKeys.length > 0 || config.consumersFile !== undefined;
  const demoKey = hasKeys ? undefined : `demo-${randomBytes(12).toString('hex')}`;
  const hss = {
    endpoint: url,
    iamEndpoint: url,
    region,
    projectId,
    enterpriseProjectId: config.demo?.enterpriseProjectId,
    auth: { kind: 'aksk', ak, sk } as const,
    timeoutMs: config.demo?.timeoutMs ?? 10_000,
  };
  return {
    surroundings: { config: { ...config, hss }, ...(demoKey === undefined ? {} : { demoKey }) },
    greet: (baseUrl) => console.log(greeting(baseUrl, demoKey, config)),
    follow: (status) => {
      const look = setInterval(() => {
        const now = status();
        showProgress(now);
        if (now.complete) clearInterval(look);
      }, 1_000).unref();
    },
    close: () => emulator.close(),
  };
}

/** Rewrites one line in a terminal. Elsewhere, prints a line for each block that was read. */
function showProgress({ registry, local, calls, complete, expectedEndAt }: CatalogStatus): void {
  const rows = registry.rows + local.rows;
  const total = registry.total === null || local.total === null ? '?' : registry.total + local.total;
  const end = expectedEndAt === null ? '' : `, all of them at about ${expectedEndAt.slice(11, 19)} UTC`;
  const rest = complete ? '; base OS and files of each follow' : end;
  const line = `Catalog: ${rows} of ${total} rows of both lists read, ${calls} calls so far`;
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}${rest}${complete ? '\n' : ''}`);
  else if (line !== lastLine || complete) console.log(`${line}${rest}`);
  lastLine = line;
}
let lastLine = '';

const exampleImage =
  'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53' +
  '?type=private_image&namespace=scc_hss_container&name=proxy-agent&tag=24.5.0-x86_64';

function greeting(baseUrl: string, demoKey: string | undefined, { hasCatalog, hasConsole }: Config): string {
  const curl = (path: string) => `  curl -s -H 'X-API-Key: ${demoKey ?? 'YOUR_KEY'}' '${baseUrl}${path}'`;
  const catalog = hasCatalog
    ? [
        'The progress of the catalog of all images, and the hosts that have images at high risk:',
        curl('/v1/catalog/status'),
        curl('/v1/hosts?severity=high&limit=5'),
      ].join('\n')
    : 'The catalog of all images is off: CATALOG=off.';
  return `
hss-bff demo: an emulated HSS with made-up data, answers kept in memory

  Base URL  ${baseUrl}
  Demo key  ${demoKey ?? 'none: use one of your own keys'}
  Docs      ${baseUrl}/docs${hasConsole ? `\n  Console   ${baseUrl}/console` : ''}

One image with its base OS, its files and the hosts that have it:
${curl(`/v1/images/${exampleImage}&include=image,baseOs,files,hosts`)}

Registry images at high risk, newest scan first:
${curl('/v1/registry-images?severity=high&sort=-scannedAt&limit=5')}

Images on hosts with vulnerabilities:
${curl('/v1/local-images?hasVulnerabilities=true&limit=5')}

${catalog}

HSS allows 5 calls a minute for each API, and so does the emulator. Data that were fetched once come from the cache.
`;
}
