/**
 * The entry of the service: reads the settings, starts the demo when no HSS is configured, listens, and stops at
 * SIGTERM or SIGINT. Only this file ends the process.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import 'reflect-metadata';
import type { Surroundings } from './app.module.js';
import { createApp } from './app.setup.js';
import { CATALOG_STATUS, type StatusSource } from './catalog/routes/catalog-status.js';
import { ConfigError, readConfig, type Config } from './config/config.js';
import { settingsCommand } from './settings-command.js';
import { logOptions, openLog } from './telemetry/open-log.js';
import { startTracing } from './telemetry/start-tracing.js';
import { watchStrayErrors } from './telemetry/stray-errors.js';
import { listen } from './http/listen.js';
import { systemClock } from './time/clock.js';

/**
 * After a signal the running requests have this time. A container runtime kills the process after 10 s by default.
 */
const shutdownLimitMs = 9_000;

async function main(): Promise<void> {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const told = settingsCommand(process.argv.slice(2), process.env, readFile);
  if (told) {
    process.stdout.write(told.stdout);
    process.stderr.write(told.stderr);
    process.exitCode = told.exitCode;
    return;
  }
  const config = readConfig(process.env, readFile);
  // The catalog's documents make the heap large, and V8 lets garbage grow to a multiple of the living objects. The
  // flag limits the garbage to half of the living objects.
  if (config.hasCatalog) setFlagsFromString('--heap-growing-percent=50');
  const demo = config.mode === 'demo' ? await startDemo(config) : undefined;
  // The demo's terminal shows the next steps for the user. Log lines would hide them.
  const level = demo && process.env['LOG_LEVEL'] === undefined ? 'warn' : config.logLevel;
  // Tracing begins first: log lines carry the id of their trace.
  const tracing =
    config.tracing && (await startTracing(config.tracing, config.budget.instanceName, systemClock));
  const output = openLog(logOptions(level), systemClock);
  const { log, hitLog } = output;
  tracing?.onFault(() => log.warn('Traces cannot be sent: the collector is away or refuses them'));
  const end = (exitCode: number) => {
    void output.flush().finally(() => process.exit(exitCode));
  };
  watchStrayErrors(process, log, () => end(1));
  const surroundings: Surroundings = {
    clock: systemClock,
    log,
    hitLog,
    droppedLines: () => output.dropped,
    ...(demo ? demo.surroundings : { config: requireHss(config) }),
  };
  for (const warning of config.warnings) log.warn(warning);
  const app = await createApp(surroundings);
  await listen(app, config.listen.host, config.listen.port);
  const url = `http://${config.listen.host.includes(':') ? `[${config.listen.host}]` : config.listen.host}:${portOf(await app.getUrl())}`;
  log.info({ url, mode: config.mode }, 'Listening');
  demo?.greet(url);
  if (config.hasCatalog)
    demo?.follow(() => app.get<StatusSource>(CATALOG_STATUS, { strict: false }).status());

  let isStopping = false;
  const stop = (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'Stopping: no new connections are accepted, running requests are finished');
    setTimeout(() => end(1), shutdownLimitMs).unref();
    void app
      .close()
      .then(() => demo?.close())
      .then(() => tracing?.end())
      .then(() => end(0))
      .catch((error: unknown) => {
        log.error({ err: error }, 'Stopping failed');
        end(1);
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function requireHss(config: Config): Surroundings['config'] {
  if (!config.hss) throw new Error('No HSS is configured');
  return { ...config, hss: config.hss };
}

/** Loads the demo at run time, because the production image has no emulator. */
async function startDemo(config: Config) {
  const { startDemo } = await import('./demo.js');
  return startDemo(config);
}

function portOf(url: string): string {
  return new URL(url).port;
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    const port = 'port' in error ? ` ${String(error.port)}` : '';
    return `The port${port} is taken: stop the program that listens there, or set PORT (or METRICS_PORT) to another one (0 for any free one)`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  console.error(explain(error));
  process.exit(1);
});
