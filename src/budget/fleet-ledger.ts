import { RedisUnavailable, type RedisLink } from '../redis/redis-link.js';
import type { Log } from '../telemetry/log.js';
import { sleep, type Clock } from '../time/clock.js';
import type { Account } from './account.js';
import { AccountStore, type Found, type SignOfLife } from './account-store.js';
import { beatEveryMs, FleetView, type FleetViewOptions } from './fleet-view.js';
import type { Change, Ledger, Transacted } from './ledger.js';
import { LoneLedger } from './lone-ledger.js';
import { signOfLifeText } from './membership.js';
import { SharingMode } from './sharing-mode.js';

/**
 * An instance that may make no call alone waits this long for Redis before it goes on alone: most failures of Redis
 * are shorter, and its consumers would be told of a turn that is much too late.
 */
const shortFailureMs = 1_000;
const shortWaitMs = 20;
const mostTries = 50;

export interface FleetLedgerOptions extends FleetViewOptions {
  /** The HSS user whose rate the fleet shares. */
  user: string;
  /** The APIs for which this instance holds a spare slot from the start. */
  apis: readonly string[];
}

/**
 * Accounts that the fleet shares through Redis. While Redis is away, this instance goes on alone (lone-ledger.ts).
 * CallBudget uses the ledger; the rules of the budget are not applied here.
 *
 * A shared change reads the account, restores from memory what Redis may have lost (account-recovery.ts), runs the
 * change, takes or returns the spare slots of this instance (escrow.ts), and writes the account unless another
 * instance was faster. The beat makes an empty change of each account.
 */
export class FleetLedger implements Ledger {
  readonly #store: AccountStore;
  readonly #view: FleetView;
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
    const { user, total } = options;
    this.#view = new FleetView(clock, options);
    this.#store = new AccountStore(redis, user, total, this.#view.members.forgottenAfterMs);
    this.#mode = new SharingMode(log, () => this.#store.evictionPolicy());
    this.#lone = new LoneLedger(this.#view, options);
    this.#beat(0);
  }

  transact<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    return this.#inTurn(api, async () => {
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
      } while (this.#waitsForRedis(api, reason) && (await sleep(this.clock, shortWaitMs).then(() => true)));
      this.#mode.enterAlone(reason);
      return this.#lone.transact(api, change);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelBeat?.();
    try {
      await this.#changeAll();
      await this.#store.leave(this.options.instance);
    } catch {
      // The others notice the silence.
    }
  }

  #waitsForRedis(api: string, reason: unknown): boolean {
    if (reason !== undefined && !(reason instanceof RedisUnavailable)) return false;
    const isShort = this.#mode.isShared && this.#view.silentForMs < shortFailureMs;
    return isShort && !this.#isClosed && !this.#lone.mayCall(api);
  }

  async #transactShared<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const found = await this.#read(api);
      const { now } = found;
      const account = this.#view.open(api, found);
      const result = change(account, this.#view.conditions(api, account, found));
      this.#view.settle(api, account, now, this.#isClosed);
      const text = JSON.stringify(account);
      // An instance without Redis is back when Redis has taken a change.
      const isSame = text === found.text && !this.#lone.apis.includes(api);
      if (isSame || (await this.#write(api, found, account, text))) {
        this.#lone.drop(api);
        this.#view.keepShared(api, account);
        return { result, now };
      }
      // Another instance was faster. A random pause keeps two instances from colliding again and again.
      await sleep(this.clock, Math.random() * Math.min(shortWaitMs, 2 * (tries + 1)));
    }
    throw new Error('The account of the call budget is too busy');
  }

  /** @returns false when another instance was faster. */
  async #write(api: string, found: Found, account: Account, text: string): Promise<boolean> {
    const takeBack = this.#view.known.noteAttempt(api, account);
    try {
      return await this.#signed(api, (sign) => this.#store.write(api, found, account, text, sign));
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) takeBack();
      throw error;
    }
  }

  async #read(api: string): Promise<Found> {
    const askedAt = this.clock.monotonic();
    const found = await this.#signed(null, (sign) => this.#store.read(api, sign));
    if (this.#view.learn(found, askedAt, this.clock.monotonic())) this.#lone.restart();
    return found;
  }

  /**
   * Sends a command with a sign of life. While this instance still holds calls that it made without Redis, it gives
   * no sign: the others treat it as lost and leave its share alone until these calls are in the shared accounts.
   * @param api the API whose account is being written by the command.
   */
  async #signed<T>(api: string | null, command: (sign: SignOfLife | null) => Promise<T>): Promise<T> {
    const { instance, limit } = this.options;
    if (this.#isClosed || this.#lone.apis.some((each) => each !== api)) return command(null);
    const takeBack = this.#view.sign();
    const share = Math.max(1, Math.floor(limit.limit / this.#view.sharers));
    const text = signOfLifeText(share, this.#view.known.apis);
    try {
      return await command({ name: instance, text, sentAt: this.#view.now });
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) takeBack();
      throw error;
    }
  }

  #beat(inMs: number): void {
    this.#cancelBeat = this.clock.after(inMs, () => {
      void (this.redis.isUp ? this.#changeAll() : Promise.resolve())
        .catch(() => undefined)
        .then(() => {
          if (!this.#isClosed) this.#beat(beatEveryMs);
        });
    });
  }

  /** Gives a sign of life, reports calls that Redis may have lost, and takes or returns the spare slots. */
  async #changeAll(): Promise<void> {
    for (const api of new Set([...this.options.apis, ...this.#view.known.apis]))
      await this.#inTurn(api, () => this.#transactShared(api, () => undefined));
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
