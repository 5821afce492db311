import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';

/** Error replies by which Redis says that it cannot serve now, or not us. Other errors are about the command. */
const code =
  'OOM|READONLY|NOAUTH|WRONGPASS|NOPERM|LOADING|CLUSTERDOWN|MASTERDOWN|MISCONF|NOREPLICAS|BUSY|TRYAGAIN';
const refusal = new RegExp(`^(?:ERR Error running script[^]* -|.*Last error: .*?)?(${code})\\b`);
/** How Redis 7.0 and older say NOPERM of a command in a script. */
const forbiddenInScript =
  /can't run this command|can't access at least one of the keys|ACL failure in script/;

export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, found] = refusal.exec(error.message) ?? [];
  return found ?? (forbiddenInScript.test(error.message) ? 'NOPERM' : undefined);
}

const lookEveryMs = 1_000;

/**
 * Knows what Redis refuses, however many requests are refused: each kind is logged when it begins and when it ends.
 * The end is found by trying, once a second, what was refused. Commands go on being sent meanwhile: a full or
 * read-only Redis still answers reads, and a refusal costs no time.
 */
export class RejectedCommands {
  /** What is refused now: how often it was, and a key that it was refused for. */
  readonly #refused = new Map<string, { times: number; key: string | undefined }>();
  #cancelLook: (() => void) | undefined;
  #isStopped = false;

  constructor(
    /** Writes something that stands where this key does; rejects like any other command. */
    private readonly write: (besideKey: string | undefined) => Promise<unknown>,
    /** Another connection may lead to the server that can be written now. */
    private readonly reconnect: () => void,
    private readonly keyPrefix: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  note(found: string, error: unknown): void {
    const known = this.#refused.get(found);
    if (known) {
      known.times += 1;
      return;
    }
    if (this.#isStopped) return;
    this.#refused.set(found, { times: 1, key: this.#keyOf(error) });
    const reason = error instanceof Error ? error.message : undefined;
    this.log.warn({ refusal: found, reason }, 'Redis refuses commands; answers come from memory and HSS');
    if (found === 'READONLY') this.reconnect();
    this.#lookLater();
  }

  /** A new connection is a new sign-in: what it may do is found out anew. */
  connected(): void {
    for (const found of ['NOPERM', 'NOAUTH', 'WRONGPASS']) this.#end(found);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    this.#cancelLook ??= this.clock.after(lookEveryMs, () => {
      void this.#look().finally(() => {
        this.#cancelLook = undefined;
        if (this.#refused.size > 0) this.#lookLater();
      });
    });
  }

  async #look(): Promise<void> {
    for (const [found, { key }] of this.#refused) {
      // One write that is allowed does not show that all is: that is for the next connection to find out.
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

  /** ioredis hands the command back with its error; all our keys begin alike. */
  #keyOf(error: unknown): string | undefined {
    const { args = [] } = (error as { command?: { args?: unknown[] } }).command ?? {};
    return args.map(String).find((argument) => argument.startsWith(`${this.keyPrefix}:`));
  }
}
