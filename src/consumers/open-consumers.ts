/** Makes the consumers at the start. A file that is not good stops the start, like any other wrong setting. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ConfigError, type Config } from '../config/config.js';
import type { Log } from '../telemetry/log.js';
import type { Clock } from '../time/clock.js';
import { newConsumer, type Scope } from './consumer.js';
import { BrokenConsumersFile, codeOf } from './consumers-file.js';
import { ConsumersWatch } from './consumers-watch.js';
import { Consumers, type GivenKey } from './consumers.js';

const readerScopes: readonly Scope[] = ['read', 'hosts', 'export'];
const scopesOf = { read: readerScopes, admin: [...readerScopes, 'admin'] } as const;

/** @throws ConfigError with all faults of the consumers file. */
export function openConsumers(
  { apiKeys, consumersFile }: Pick<Config, 'apiKeys' | 'consumersFile'>,
  demoKey: string | undefined,
  clock: Clock,
  log: Log,
): { consumers: Consumers; stop: () => void } {
  const given = apiKeys.map(({ key, name, role }): GivenKey => ({
    key,
    consumer: newConsumer(name, scopesOf[role]),
  }));
  const consumers = new Consumers([...given, ...(demoKey === undefined ? [] : [asDemoKey(demoKey)])]);
  if (consumersFile === undefined) return { consumers, stop: () => undefined };
  const text = readAtStart(consumersFile);
  const faults = applied(consumers, text);
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => `CONSUMERS_FILE: ${fault}`));
  const watch = new ConsumersWatch(() => readFile(consumersFile, 'utf8'), text, consumers, clock, log);
  return { consumers, stop: () => watch.stop() };
}

function readAtStart(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const given = `${JSON.stringify(path)} (${codeOf(error)})`;
    throw new ConfigError([`CONSUMERS_FILE must name a readable file; given: ${given}`]);
  }
}

function applied(consumers: Consumers, text: string): string[] {
  try {
    return consumers.apply(text);
  } catch (error) {
    if (error instanceof BrokenConsumersFile) return [error.message];
    throw error;
  }
}

/** The demo prints its key on the terminal, so the key works only from the machine of that terminal. */
function asDemoKey(key: string): GivenKey {
  return { key, consumer: newConsumer('demo', readerScopes, { loopbackOnly: true }) };
}
