/** Makes the consumers at the start. A file that is not good stops the start, like any other wrong setting. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ConfigError, type Config } from '../config/config.js';
import type { ReadFile } from '../config/environment.js';
import type { Log } from '../telemetry/log.js';
import type { Clock } from '../time/clock.js';
import { newConsumer, type Scope } from './consumer.js';
import { BrokenConsumersFile, codeOf } from './consumers-file.js';
import { ConsumersWatch } from './consumers-watch.js';
import { Consumers, type GivenKey } from './consumers.js';
import { sealingKey } from './sealed-secret.js';
import { findUnopened, SealedSecrets } from './sealed-secrets.js';

const readerScopes: readonly Scope[] = ['read', 'hosts', 'export'];
const scopesOf = { read: readerScopes, admin: [...readerScopes, 'admin'] } as const;

type Given = Pick<Config, 'apiKeys' | 'consumersFile' | 'hasFace' | 'masterKeys'>;

/** @throws ConfigError with all faults of the consumers file. */
export function openConsumers(
  { apiKeys, consumersFile, hasFace, masterKeys }: Given,
  demoKey: string | undefined,
  clock: Clock,
  log: Log,
): { consumers: Consumers; watch: ConsumersWatch | null; stop: () => void } {
  const consumers = new Consumers([
    ...givenKeys(apiKeys),
    ...(demoKey === undefined ? [] : [asDemoKey(demoKey)]),
  ]);
  if (consumersFile === undefined) return { consumers, watch: null, stop: () => undefined };
  const { text, faults } = readAtStart(consumersFile, consumers, (path) => readFileSync(path, 'utf8'));
  if (faults.length > 0) throw new ConfigError(faults);
  const secrets = hasFace
    ? new SealedSecrets(() => consumers.sealedSecrets(), masterKeys.map(sealingKey), clock, log)
    : null;
  const read = () => readFile(consumersFile, 'utf8');
  const watch = new ConsumersWatch(read, text, consumers, clock, log, secrets);
  return { consumers, watch, stop: () => watch.stop() };
}

/**
 * Reads the consumers file as the start does, and opens no connection.
 * @returns faults, which stop the start, and warnings. `count`: its consumers; undefined without a file.
 */
export function checkConsumers(
  { apiKeys, consumersFile, hasFace, masterKeys }: Given,
  read: ReadFile,
): { faults: string[]; warnings: string[]; count?: number } {
  if (consumersFile === undefined) return { faults: [], warnings: [] };
  const consumers = new Consumers(givenKeys(apiKeys));
  const { faults } = readAtStart(consumersFile, consumers, read);
  const unopened = hasFace ? findUnopened(consumers.sealedSecrets(), masterKeys.map(sealingKey)) : null;
  const warnings = unopened ? [`${unopened.sentence}: ${unopened.names.join(', ')}`] : [];
  return { faults, warnings, count: consumers.countInFile };
}

function givenKeys(apiKeys: Config['apiKeys']): GivenKey[] {
  return apiKeys.map(({ key, name, role }) => ({ key, consumer: newConsumer(name, scopesOf[role]) }));
}

function readAtStart(path: string, consumers: Consumers, read: ReadFile): { text: string; faults: string[] } {
  let text: string;
  try {
    text = read(path);
  } catch (error) {
    const given = `${JSON.stringify(path)} (${codeOf(error)})`;
    return { text: '', faults: [`CONSUMERS_FILE must name a readable file; given: ${given}`] };
  }
  try {
    return { text, faults: consumers.apply(text).map((fault) => `CONSUMERS_FILE: ${fault}`) };
  } catch (error) {
    if (error instanceof BrokenConsumersFile) return { text, faults: [`CONSUMERS_FILE: ${error.message}`] };
    throw error;
  }
}

/**
 * The demo prints its key on the terminal, so the key works only from the machine of that terminal. The key opens
 * everything, so that the console shows all its pages.
 */
function asDemoKey(key: string): GivenKey {
  return { key, consumer: newConsumer('demo', scopesOf.admin, { loopbackOnly: true }) };
}
