import { RedisUnavailable, type RedisLink } from '../redis/redis-link.js';
import type { Log } from '../telemetry/log.js';
import { sleep, type Clock } from '../time/clock.js';
import { AccountStore, type Found, type SignOfLife } from './account-store.js';
import { beatEveryMs, FleetView, graceMs, type FleetViewOptions } from './fleet-view.js';
import type { Change, Ledger, Transacted } from './ledger.js';
import { LocalLedger } from './local-ledger.js';
import { loneAccount } from './lone-account.js';
import { signOfLifeText } from './membership.js';
import { SharingMode } from './sharing-mode.js';

/**
 * If other instances share the rate, this instance waits for Redis this long before it goes on alone. An instance
 * that goes on alone grants nothing at first, so a short wait for Redis is better.
 */
const shortFailureMs = 1_000;
const shortWaitMs = 20;
const mostTries = 50;

export interface FleetLedgerOptions extends FleetViewOptions {
  /** The HSS user whose rate the fleet shares. */
  user: string;
  /** The least number of instances that share the rate, from the settings. */
  fleetSize: number;
}

/**
 * Accounts that the fleet shares through Redis. While Redis is away, this instance goes on in memory with its share
 * of the rate (lone-account.ts). CallBudget uses the ledger; the rules of the budget are not applied here.
 *
 * A shared change reads the account, restores from memory what Redis may have lost (account-recovery.ts), runs the
 * change, and writes the account unless another instance was faster.
 */
export class FleetLedger implements Ledger {
  readonly #store: AccountStore;
  readonly #view: FleetView;
  readonly #local: LocalLedger;
  readonly #mode: SharingMode;
  #cancelBeat: (() => void) | undefined;
  #isClosed = false;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    log: Log,
    private readonly options: FleetLedgerOptions,
  ) {
    const { instance, user, limit, total, fleetSize } = options;
    this.#view = new FleetView(clock, options);
    this.#store = new AccountStore(redis, user, total, this.#view.lostForMs);
    const countMembers = () => Math.max(this.#view.others.length + 1, fleetSize);
    this.#mode = new SharingMode(log, countMembers, () => this.#store.evictionPolicy());
    this.#local = new LocalLedger(
      () => this.#view.now,
      instance,
      limit,
      () => this.#mode.sharers,
    );
    this.#beat(0);
  }

  async transact<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    let reason: unknown;
    do {
      if (this.redis.isUp) {
        try {
          const done = await this.#transactShared(api, change);
          this.#mode.enterShared();
          return done;
        } catch (error) {
          reason = error;
        }
      }
    } while (this.#isShortFailure(reason) && (await sleep(this.clock, shortWaitMs).then(() => true)));
    // Redis is away, full or too busy. This instance's share of the rate is safe to use.
    this.#mode.enterAlone(reason);
    return this.#transactAlone(api, change);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelBeat?.();
    await this.#store.leave(this.options.instance).catch(() => undefined);
  }

  #isShortFailure(reason: unknown): boolean {
    if (reason !== undefined && !(reason instanceof RedisUnavailable)) return false;
    const { isShared, sharers } = this.#mode;
    return isShared && sharers > 1 && this.#view.silentForMs < shortFailureMs && !this.#isClosed;
  }

  async #transactShared<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const found = await this.#read(api, this.#signOfLife(null));
      const { now } = found;
      const account = this.#view.recover(api, found);
      const result = change(account, this.#view.conditions(found));
      const text = JSON.stringify(account);
      const isSame = text === found.text;
      if (isSame || (await this.#store.write(api, found, account, text, this.#signOfLife(api)))) {
        this.#local.drop(api);
        this.#view.keepShared(api, account);
        return { result, now };
      }
      // Another instance was faster. A random pause keeps two instances from colliding again and again.
      await sleep(this.clock, Math.random() * Math.min(shortWaitMs, 2 * (tries + 1)));
    }
    throw new Error('The account of the call budget is too busy');
  }

  #transactAlone<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    if (!this.#local.holds(api)) {
      const { instance, limit } = this.options;
      const { others, now, lastContactAt } = this.#view;
      const account = loneAccount(this.#view.known(api), { instance, others, limit, now, lastContactAt });
      this.#local.adopt(api, account);
    }
    return this.#local.transact(api, (account, conditions) => {
      const result = change(account, conditions);
      this.#view.keepLone(api, account);
      return result;
    });
  }

  async #read(api: string, signOfLife: SignOfLife | null): Promise<Found> {
    const askedAt = this.clock.monotonic();
    const found = await this.#store.read(api, signOfLife);
    this.#view.learn(found, askedAt, this.clock.monotonic());
    return found;
  }

  /**
   * While this instance still holds calls that it made without Redis, it sends no sign of life. The other instances
   * treat it as lost and keep its share free until these calls are in the shared accounts.
   * @param api the API whose account is being written with the sign of life.
   */
  #signOfLife(api: string | null): SignOfLife | null {
    const { instance, limit } = this.options;
    if (this.#local.apis.some((each) => each !== api)) return null;
    const apis = new Set(this.#view.apis.filter((each) => this.#knowsCalls(each, 0)));
    if (api !== null) apis.add(api);
    const share = Math.max(1, Math.floor(limit.limit / this.#mode.sharers));
    return { name: instance, text: signOfLifeText(share, apis) };
  }

  #beat(inMs: number): void {
    this.#cancelBeat = this.clock.after(inMs, () => {
      void this.#readAndReport()
        .catch(() => undefined)
        .then(() => {
          if (!this.#isClosed) this.#beat(beatEveryMs);
        });
    });
  }

  /**
   * An instance that finds an account lost waits for all instances that made calls. So each instance reports its
   * calls with its beat, even when it has no further call to make.
   */
  async #readAndReport(): Promise<void> {
    if (!this.redis.isUp) return;
    await this.#read('beat', this.#signOfLife(null));
    for (const api of this.#view.apis)
      if (this.#view.mustCompare(api) || this.#knowsCalls(api, graceMs))
        await this.#transactShared(api, () => undefined);
  }

  #knowsCalls(api: string, forMs: number): boolean {
    return this.#local.holds(api) || this.#view.hasOwnCalls(api, forMs);
  }
}
