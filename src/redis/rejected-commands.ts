import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';

/**
 * Codes of error replies that mean that Redis cannot serve now, or does not permit this user. Other errors concern
 * the command.
 */
const code =
  'OOM|READONLY|NOAUTH|WRONGPASS|NOPERM|LOADING|CLUSTERDOWN|MASTERDOWN|MISCONF|NOREPLICAS|BUSY|TRYAGAIN';
const refusal = new RegExp(`^(?:ERR Error running script[^]* -|.*Last error: .*?)?(${code})\\b`);
/** NOPERM for a command in a script, in the words of Redis 7.0 and older. */
const forbiddenInScript =
  /can't run this command|can't access at least one of the keys|ACL failure in script/;

/** The code of the refusal in an error, or undefined when the error is no refusal. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof Error ? refusalIn(error.message) : undefined;
}

/** The same for the text of an error. */
export function refusalIn(text: string): string | undefined {
  const [, found] = refusal.exec(text) ?? [];
  return found ?? (forbiddenInScript.test(text) ? 'NOPERM' : undefined);
}

/** The interval at which a refused write is tried again. */
const retryEveryMs = 1_000;

/**
 * Keeps track of the kinds of commands that Redis refuses, for RedisLink. Each kind is logged when it begins and
 * when it ends, however many requests are refused. To find the end, a write beside the refused key is tried once a
 * second. Commands are never held back meanwhile: a full or read-only Redis still answers reads, and a refusal
 * costs no time.
 */
export class RejectedCommands {
  /** The kinds refused now, each with the number of refusals and the key of the first refused command. */
  readonly #refused = new Map<string, { times: number; key: string | undefined; since: number }>();
  #cancelRetry: (() => void) | undefined;
  #isStopped = false;

  constructor(
    /** Writes a key on the same node as this key. Rejects like any other command. */
    private readonly write: (besideKey: string | undefined) => Promise<unknown>,
    /** Makes a new connection, which may lead to a server that accepts writes. */
    private readonly reconnect: () => void,
    private readonly keyPrefix: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The refusal that began first. `since` is wall time in ms. */
  get current(): { code: string; since: number } | undefined {
    const [first] = this.#refused;
    return first && { code: first[0], since: first[1].since };
  }

  note(found: string, error: unknown): void {
    const known = this.#refused.get(found);
    if (known) {
      known.times += 1;
      return;
    }
    if (this.#isStopped) return;
    this.#refused.set(found, { times: 1, key: this.#keyOf(error), since: this.clock.now() });
    const reason = error instanceof Error ? error.message : undefined;
    this.log.warn({ refusal: found, reason }, 'Redis refuses commands; answers come from memory and HSS');
    if (found === 'READONLY') this.reconnect();
    this.#retryLater();
  }

  /** A new connection signs in again, perhaps with other permissions, so earlier refusals of permissions end here. */
  connected(): void {
    for (const found of ['NOPERM', 'NOAUTH', 'WRONGPASS']) this.#end(found);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  #retryLater(): void {
    if (this.#isStopped) return;
    this.#cancelRetry ??= this.clock.after(retryEveryMs, () => {
      void this.#retry().finally(() => {
        this.#cancelRetry = undefined;
        if (this.#refused.size > 0) this.#retryLater();
      });
    });
  }

  async #retry(): Promise<void> {
    for (const [found, { key }] of this.#refused) {
      // One permitted write does not show that all commands are permitted: only a new connection ends NOPERM.
      if (found === 'NOPERM') continue;
      try {
        await this.write(key);
        this.#end(found);
      } catch (error) {
        if (found === 'READONLY' && refusalOf(error) === found) this.reconnect();
      }
    }
  }

  #end(found: string): void {
    const ended = this.#refused.get(found);
    if (!ended || this.#isStopped) return;
    this.#refused.delete(found);
    this.log.info({ refusal: found, refused: ended.times }, 'Redis takes commands again');
  }

  /** The key of the command, which ioredis adds to its error. All our keys begin with the prefix. */
  #keyOf(error: unknown): string | undefined {
    const { args = [] } = (error as { command?: { args?: unknown[] } }).command ?? {};
    return args.map(String).find((argument) => argument.startsWith(`${this.keyPrefix}:`));
  }
}
