/**
 * A stand-in for Huawei Cloud's HSS gateway and IAM on one local port. The emulator checks the service independently:
 * it is written from HSS's documents alone and imports nothing from src. Tests and the demo start the emulator here;
 * main.ts starts it as a program.
 */
import { Control } from './control/control.js';
import { Dataset } from './data/dataset.js';
import { Gateway } from './gateway.js';
import { Authentication } from './identity/authentication.js';
import { FailureLock } from './identity/failure-lock.js';
import { Iam } from './identity/iam.js';
import { Tokens } from './identity/tokens.js';
import { Users } from './identity/users.js';
import { defaultOptions, type EmulatorOptions } from './options.js';
import { RestartableServer } from './restartable-server.js';
import type { Emulator } from './running-emulator.js';
import { MovableClock } from './traffic/clock.js';
import { Faults } from './traffic/faults.js';
import { Journal } from './traffic/journal.js';
import { Throttle } from './traffic/throttle.js';

const keyLockMs = 5 * 60_000;
const accountLockMs = 15 * 60_000;

export type { Emulator };

export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = { ...defaultOptions, ...options };
  const { region, projectId } = settings;
  const clock = new MovableClock(settings.clock);
  const journal = new Journal();
  const faults = new Faults();
  const throttle = new Throttle(settings.rate, settings.totalRate);
  const users = new Users(settings.users);
  const tokens = new Tokens(clock, settings.tokenLength, settings.tokenLifeMs);
  const data = new Dataset(settings, clock);
  const keyLock = new FailureLock(clock, settings.lockAfterFailures, keyLockMs);
  const accountLock = new FailureLock(clock, settings.lockAfterFailures, accountLockMs);

  const gateway = new Gateway(
    {
      clock,
      journal,
      faults,
      throttle,
      authentication: new Authentication(users, tokens, keyLock, clock, projectId),
      iam: new Iam(users, tokens, accountLock, { id: projectId, name: region }),
      data,
      settings,
      isListening: () => server.isListening,
    },
    settings.latencyMs,
  );
  const server = new RestartableServer(settings.host, settings.port, (request, response) => {
    const isControl = request.url?.startsWith('/__emulator/') === true;
    void (isControl ? control.handle(request, response) : gateway.handle(request, response));
  });

  const emulator: Emulator = {
    get url() {
      return `http://${settings.host}:${server.port}`;
    },
    get port() {
      return server.port;
    },
    get credentials() {
      return users.credentials;
    },
    region,
    projectId,
    journal,
    faults,
    clock,
    data,
    issueToken: ({ lifeMs } = {}) => tokens.issue(users.first, lifeMs).token,
    setTokenLife: (lifeMs) => {
      tokens.lifeMs = lifeMs;
    },
    revokeTokens: () => tokens.revokeAll(),
    rotateKeys: () => {
      users.rotateKeys();
      return users.credentials;
    },
    setRate: (rate, total) => throttle.setRate(rate, total),
    setLatency: (latencyMs) => {
      gateway.latencyMs = latencyMs;
    },
    endDelays: () => gateway.endDelays(),
    stop: () => server.stop(),
    restart: async () => {
      await server.stop();
      await server.start();
    },
    close: () => server.stop(),
  };
  const control = new Control(emulator);
  await server.start();
  return emulator;
}
