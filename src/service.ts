/**
 * The service as a process: reads the settings, starts the demo when no HSS is configured, listens, and stops at
 * SIGTERM or SIGINT. Used by main.ts. Only these two files end the process.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import type { Surroundings } from './app.module.js';
import { createApp } from './app.setup.js';
import { CatalogReplay } from './catalog/model/catalog-replay.js';
import { CATALOG_STATUS, type StatusSource } from './catalog/routes/catalog-status.js';
import { ConfigError, readConfig, type Config } from './config/config.js';
import { settingsCommand } from './settings-command.js';
import type { Log } from './telemetry/log.js';
import { logOptions, openLog } from './telemetry/open-log.js';
import { startTracing } from './telemetry/start-tracing.js';
import { watchStrayErrors } from './telemetry/stray-errors.js';
import { drainLimits, GracefulClose } from './http/graceful-close.js';
import { listen } from './http/listen.js';
import { sleep, systemClock } from './time/clock.js';

/**
 * Starts the service, or explains why it cannot start and ends the process.
 * @param onSignal gets the function that stops the service, as soon as the service takes part in its fleet.
 */
export async function runService(onSignal: (stop: (signal: string) => void) => void): Promise<void> {
  try {
    await start(onSignal);
  } catch (error) {
    console.error(explain(error));
    process.exit(1);
  }
}

async function start(onSignal: (stop: (signal: string) => void) => void): Promise<void> {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const command = settingsCommand(process.argv.slice(2), process.env, readFile);
  if (command) {
    process.stdout.write(command.stdout);
    process.stderr.write(command.stderr);
    process.exitCode = command.exitCode;
    return;
  }
  const config = readConfig(process.env, readFile);
  // The catalog's documents make the heap large, and V8 lets garbage grow to a multiple of the living objects. The
  // flag limits the garbage to half of the living objects.
  if (config.hasCatalog) setFlagsFromString('--heap-growing-percent=50');
  const demo = config.mode === 'demo' ? await startDemo(config) : undefined;
  // Tracing begins first: log lines carry the id of their trace.
  const tracing =
    config.tracing && (await startTracing(config.tracing, config.budget.instanceName, systemClock));
  const output = openLog(logOptions(config.logLevel), systemClock);
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
  let isStopping = false;
  const opening = open(app, config.listen, () => isStopping);
  onSignal((signal) => {
    if (isStopping) return;
    isStopping = true;
    void opening
      .then((isOpen) => stop(app, isOpen ? config.shutdownDelayMs : 0, log, signal, () => end(1)))
      .then(() => demo?.close())
      .then(() => tracing?.end())
      .then(() => end(0))
      .catch((error: unknown) => {
        log.error({ err: error }, 'Stopping failed');
        end(1);
      });
  });
  if (!(await opening)) return;
  const url = `http://${config.listen.host.includes(':') ? `[${config.listen.host}]` : config.listen.host}:${portOf(await app.getUrl())}`;
  log.info({ url, mode: config.mode }, 'Listening');
  demo?.greet(url);
  if (config.hasCatalog)
    demo?.follow(() => app.get<StatusSource>(CATALOG_STATUS, { strict: false }).status());
}

/**
 * Opens the port when the catalog is loaded: a balancer without checks of its own, such as nginx, sends requests as soon
 * as the port is open.
 * @returns false when the process was told to stop before.
 */
async function open(
  app: NestFastifyApplication,
  { host, port }: Config['listen'],
  isStopping: () => boolean,
): Promise<boolean> {
  await app.init();
  const replay = app.get(CatalogReplay, { strict: false });
  while (replay.isStarting && !isStopping()) await sleep(systemClock, 20);
  if (isStopping()) return false;
  await listen(app, host, port);
  return true;
}

/**
 * Accepts requests for the delay, then drains. @returns when nothing is left to do.
 * @param giveUp ends the process with work left.
 */
async function stop(
  app: NestFastifyApplication,
  delayMs: number,
  log: Log,
  signal: string,
  giveUp: () => void,
): Promise<void> {
  app.get(GracefulClose).announce();
  if (delayMs > 0) {
    log.info({ signal, delayMs }, 'Stopping: no longer ready; new requests are still accepted for the delay');
    await sleep(systemClock, delayMs);
  }
  log.info({ signal }, 'Stopping: no new connections are accepted, running requests are finished');
  systemClock.after(drainLimits.processMs, () => {
    log.error('Stopping took too long: the process ends with work left');
    giveUp();
  });
  await app.close();
}

function requireHss(config: Config): Surroundings['config'] {
  if (!config.hss) throw new Error('No HSS is configured');
  return { ...config, hss: config.hss };
}

/** Loads the demo at run time, because the production image has no emulator. */
async function startDemo(config: Config) {
  const { startDemo } = await import('./demo.js');
  return startDemo(config).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')
      throw new ConfigError([
        'No HSS is configured, and the demo is not part of the image: set HSS_REGION, HSS_PROJECT_ID and the ' +
          'credentials of HSS, or run the demo with `npm start` in a clone of the repository',
      ]);
    throw error;
  });
}

/** A URL hides the default port of http. */
function portOf(url: string): string {
  return new URL(url).port || '80';
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen')
    return explainListening(error);
  if (error instanceof Error && 'syscall' in error && error.syscall === 'getaddrinfo')
    return explainListenHost(error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

type ListenError = Error & { code?: string; address?: string; port?: number };

function explainListenHost({ hostname, message }: Error & { hostname?: string }): string {
  return `${hostname} has no address (${message}): set LISTEN_HOST to an address of this machine, or to 0.0.0.0 for all of them`;
}

function explainListening({ code, address, port, message }: ListenError): string {
  const which = port === undefined ? '' : ` ${port}`;
  if (code === 'EADDRINUSE')
    return `The port${which} is taken: stop the program that listens there, or set PORT (or METRICS_PORT) to another one (0 for any free one)`;
  if (code === 'EADDRNOTAVAIL')
    return `${address} is no address of this machine: set LISTEN_HOST to one of its addresses, or to 0.0.0.0 for all of them`;
  return `The port${which} cannot be opened (${message}): set PORT (or METRICS_PORT) to one that this user may take, such as 3000`;
}
