import { RedisUnavailable } from '../redis/redis-errors.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { Log } from '../telemetry/log.js';
import { sleep, type Clock } from '../time/clock.js';
import { AccountStore } from './account-store.js';
import { beatEveryMs, FleetView, type FleetViewOptions } from './fleet-view.js';
import type { Change, Ledger, Transacted } from './ledger.js';
import { LoneLedger } from './lone-ledger.js';
import { SharedAccounts } from './shared-accounts.js';
import { SharingMode } from './sharing-mode.js';

/**
 * An instance that may make no call alone waits this long for Redis before it goes on alone: most failures of Redis
 * are shorter, and its consumers would be told of a turn that is much too late.
 */
const shortFailureMs = 1_000;
const shortWaitMs = 20;

export interface FleetLedgerOptions extends FleetViewOptions {
  /** The HSS user whose rate the fleet shares. */
  user: string;
  /** The APIs for which this instance holds a spare slot from the start. */
  apis: readonly string[];
}

/**
 * The accounts of one instance of a fleet: shared through Redis (shared-accounts.ts), or, while Redis is away, its own
 * part of them (lone-ledger.ts). CallBudget uses the ledger; the rules of the budget are not applied here.
 *
 * The beat gives a sign of life, and makes an empty change of each account that is not at rest.
 *
 * When Redis dies, file by file:
 * 1. While Redis lived, each change left spare slots to this instance (escrow.ts), and known-accounts.ts noted what the
 *    account surely holds for it.
 * 2. A change that Redis does not take goes to lone-ledger.ts: at once if a call is possible there, otherwise after a
 *    second (`#waitsForRedis`).
 * 3. lone-share.ts tells how many calls are safe: first the spare slots, then one call after each own call that has
 *    stopped counting, and at last the whole share.
 * 4. If only this instance lost Redis, the others pass over its tickets after a second (membership.ts) and leave its
 *    share alone (escrow.ts).
 * 5. Redis is back: shared-accounts.ts gives no sign of life until the calls made alone are in the accounts, and
 *    account-recovery.ts restores what Redis has lost.
 */
export class FleetLedger implements Ledger {
  readonly #view: FleetView;
  readonly #store: AccountStore;
  readonly #shared: SharedAccounts;
  readonly #lone: LoneLedger;
  readonly #mode: SharingMode;
  /** The last change of each account. A change begins when the one before it has ended. */
  readonly #lastChanges = new Map<string, Promise<unknown>>();
  #cancelBeat: (() => void) | undefined;
  #isClosed = false;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    log: Log,
    private readonly options: FleetLedgerOptions,
  ) {
    this.#view = new FleetView(clock, options);
    this.#lone = new LoneLedger(this.#view, options);
    const { user, total } = options;
    this.#store = new AccountStore(redis, user, total, this.#view.members.forgottenAfterMs);
    this.#shared = new SharedAccounts(this.#store, clock, this.#view, this.#lone);
    this.#mode = new SharingMode(log, () => this.#store.evictionPolicy());
    this.#scheduleBeat(0);
  }

  transact<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    return this.#inTurn(api, async () => {
      let reason: unknown;
      for (;;) {
        try {
          if (this.redis.isUp) return await this.#changeShared(api, change);
        } catch (error) {
          reason = error;
        }
        if (!this.#waitsForRedis(api, reason)) break;
        await sleep(this.clock, shortWaitMs);
      }
      this.#mode.enterAlone(reason);
      return this.#lone.transact(api, change);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelBeat?.();
    this.#shared.beginLeaving();
    try {
      await this.#changeEach(this.#apis);
      await this.#store.leave(this.options.instance);
    } catch {
      // The others notice the silence.
    }
  }

  async #changeShared<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    const done = await this.#shared.change(api, change);
    this.#mode.enterShared();
    return done;
  }

  #waitsForRedis(api: string, reason: unknown): boolean {
    if (reason !== undefined && !(reason instanceof RedisUnavailable)) return false;
    const isShort = this.#mode.isShared && this.#view.silentForMs < shortFailureMs;
    return isShort && !this.#isClosed && !this.#lone.mayCall(api);
  }

  #scheduleBeat(inMs: number): void {
    this.#cancelBeat = this.clock.after(inMs, () => {
      void (this.redis.isUp ? this.#beat() : Promise.resolve())
        .catch(() => undefined)
        .then(() => {
          if (!this.#isClosed) this.#scheduleBeat(beatEveryMs);
        });
    });
  }

  /** Gives a sign of life, reports calls that Redis may have lost, and takes or returns the spare slots. */
  async #beat(): Promise<void> {
    await this.#changeEach(await this.#shared.look(this.#apis));
  }

  async #changeEach(apis: readonly string[]): Promise<void> {
    for (const api of apis) await this.#inTurn(api, () => this.#shared.change(api, () => undefined));
  }

  get #apis(): string[] {
    return [...new Set([...this.options.apis, ...this.#view.known.apis])];
  }

  #inTurn<T>(api: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#lastChanges.get(api) ?? Promise.resolve()).then(work, work);
    this.#lastChanges.set(
      api,
      turn.catch(() => undefined),
    );
    return turn;
  }
}
