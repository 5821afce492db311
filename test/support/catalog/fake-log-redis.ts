import { appendScript, baseScript, cursorKeyScript } from '../../../src/catalog/log/log-scripts.js';
import { RedisUnavailable } from '../../../src/redis/redis-errors.js';
import type { RedisLink } from '../../../src/redis/redis-link.js';

type Value = string | Buffer;
type Argument = string | number | Buffer;

/**
 * A Redis link in memory for unit tests of the catalog's log and lease. The scripts are written again here in
 * TypeScript: test/e2e/catalog-log.test.ts runs the Lua in a real Redis.
 */
export class FakeLogRedis {
  readonly values = new Map<string, Value>();
  head: Record<string, string> | undefined;
  isAway = false;
  /** Redis carries out this many of the next scripts without an answer. */
  lostAnswers = 0;
  bases = 0;

  get link(): RedisLink {
    const run = async (command: (redis: unknown) => Promise<unknown>) => {
      await Promise.resolve();
      if (this.isAway) throw new RedisUnavailable('down');
      return command(this);
    };
    return { run, runAside: run, key: (...parts: string[]) => parts.join(':') } as unknown as RedisLink;
  }

  /** Loses all data, as a restart without a disk does. */
  empty(): void {
    this.values.clear();
    this.head = undefined;
  }

  keys(kind: 'base' | 'change'): string[] {
    return [...this.values.keys()].filter((key) => key.includes(`:${kind}:`));
  }

  hmget = (_key: string, ...fields: string[]) =>
    Promise.resolve(fields.map((field) => this.head?.[field] ?? null));
  get = (key: string) => Promise.resolve(this.values.get(key) ?? null);
  getBuffer = (key: string) => {
    const value = this.values.get(key);
    return Promise.resolve(value === undefined ? null : Buffer.from(value));
  };
  set = (key: string, value: Value) => {
    this.values.set(key, value);
    return Promise.resolve('OK');
  };
  del = (...keys: string[]) => {
    for (const key of keys) this.values.delete(key);
    return Promise.resolve(keys.length);
  };
  eval = (script: string, keyCount: number, ...rest: Argument[]): Promise<unknown> => {
    const keys = rest.slice(0, keyCount).map(String);
    const reply = this.#run(script, keys, rest.slice(keyCount));
    if (this.lostAnswers === 0) return Promise.resolve(reply);
    this.lostAnswers -= 1;
    return Promise.reject(new RedisUnavailable('no answer in time'));
  };

  #run(script: string, keys: string[], args: Argument[]): unknown {
    if (script === appendScript) return this.#refusal(keys, args) ?? this.#append(keys, args);
    if (script === baseScript) return this.#refusal(keys, args) ?? this.#name(args);
    if (script === cursorKeyScript) return this.#setCursorKey(args);
    return this.#lease(script, keys, args);
  }

  #refusal([lease = '']: string[], [token]: Argument[]): string | undefined {
    const holder = this.values.get(lease)?.toString();
    if (holder === undefined) return 'unheld';
    return holder.split(' ')[0] === token ? undefined : 'fenced';
  }

  #append([, , changeKey = '']: string[], [, epoch, version, bytes]: Argument[]): string {
    const { head } = this;
    if (!head) return 'gone';
    if (head['epoch'] !== epoch) return 'conflict';
    if (head['version'] === String(version)) return 'ok';
    if (Number(head['version']) + 1 !== version) return 'conflict';
    this.values.set(changeKey, bytes as Buffer);
    head['version'] = String(version);
    head['changeBytes'] = String(Number(head['changeBytes']) + (bytes as Buffer).length);
    return 'ok';
  }

  #name([, epochBefore, versionBefore, epoch, version, bases, , , cursorKey]: Argument[]): string {
    const { epoch: epochNow = '', version: versionNow = '', bases: basesNow = '' } = this.head ?? {};
    if (epochNow !== epochBefore || versionNow !== String(versionBefore))
      return epochNow === epoch && basesNow === bases ? 'ok' : 'conflict';
    this.head = {
      cursorKey: String(cursorKey),
      ...this.head,
      epoch: String(epoch),
      version: String(version),
      bases: String(bases),
      changeBytes: '0',
    };
    this.bases += 1;
    return 'ok';
  }

  #setCursorKey([found, text]: Argument[]): string {
    const key = this.head?.['cursorKey'] ?? '';
    if (key !== found) return key;
    if (this.head) this.head['cursorKey'] = String(text);
    return String(text);
  }

  #lease(script: string, [key = '']: string[], [first, second]: Argument[]): unknown {
    const value = this.values.get(key)?.toString();
    if (script.includes("'HEXISTS'")) {
      if (value !== undefined && value.split(' ')[0] !== first) return [0, 0];
      this.values.set(key, String(second));
      return [1, this.head ? 1 : 0];
    }
    if (script.includes("'released'")) {
      if (value?.split(' ')[0] === first) this.values.set(key, 'released');
      return null;
    }
    if ((value ?? '') !== first) return 0;
    this.values.set(key, String(second));
    return 1;
  }
}
