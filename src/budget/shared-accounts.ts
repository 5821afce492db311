import { RedisUnavailable } from '../redis/redis-errors.js';
import { sleep, type Clock } from '../time/clock.js';
import type { Account } from './account.js';
import type { AccountStore, Found, Heard, SignOfLife } from './account-store.js';
import type { FleetView } from './fleet-view.js';
import type { Change, Transacted } from './ledger.js';
import type { LoneLedger } from './lone-ledger.js';

const longestPauseMs = 20;
const mostTries = 50;

/**
 * The accounts in Redis, which all instances of the fleet change. Every method throws RedisUnavailable or Redis's own
 * error reply. FleetLedger is the only user; it decides what happens without Redis.
 *
 * A change reads the account, restores from memory what Redis may have lost (account-recovery.ts), runs the change,
 * takes or returns the spare slots of this instance (escrow.ts), and writes the account unless another instance was
 * faster. Each command carries a sign of life.
 */
export class SharedAccounts {
  #isLeaving = false;

  constructor(
    private readonly store: AccountStore,
    private readonly clock: Clock,
    private readonly view: FleetView,
    private readonly lone: LoneLedger,
  ) {}

  async change<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const found = await this.#hear((sign) => this.store.read(api, sign));
      const { now } = found;
      const account = this.view.open(api, found);
      const result = change(account, this.view.conditions(api, account, found));
      this.view.settle(api, account, now, this.#isLeaving);
      const version = await this.#write(api, found, account);
      if (version !== null) {
        this.lone.drop(api);
        this.view.keepShared(api, account, version);
        return { result, now };
      }
      // Another instance was faster. A random pause keeps two instances from colliding again and again.
      await sleep(this.clock, Math.random() * Math.min(longestPauseMs, 2 * (tries + 1)));
    }
    throw new Error('The account of the call budget is too busy');
  }

  /** @returns the APIs whose account an empty change may change. The others are as this instance knows them. */
  async look(apis: readonly string[]): Promise<string[]> {
    if (this.lone.apis.length > 0) return [...apis];
    const look = await this.#hear((sign) => this.store.look(apis, sign));
    return apis.filter((api) => !this.view.isAtRest(api, look));
  }

  /** From now on no command carries a sign of life, and every change gives back what this instance owns. */
  beginLeaving(): void {
    this.#isLeaving = true;
  }

  /** @returns the version of the account in Redis; null when another instance was faster. */
  async #write(api: string, found: Found, account: Account): Promise<string | null> {
    const text = JSON.stringify(account);
    // An instance without Redis is back when Redis has taken a change.
    if (text === found.text && !this.lone.apis.includes(api)) return found.version;
    const takeBack = this.view.known.noteAttempt(api, account);
    try {
      return await this.#signed(api, (sign) => this.store.write(api, found, account, text, sign));
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) takeBack();
      throw error;
    }
  }

  async #hear<T extends Heard>(read: (sign: SignOfLife | null) => Promise<T>): Promise<T> {
    const askedAt = this.clock.monotonic();
    const heard = await this.#signed(null, read);
    if (this.view.learn(heard, askedAt, this.clock.monotonic())) this.lone.restart();
    return heard;
  }

  /**
   * Sends a command with a sign of life. While this instance still holds calls that it made without Redis, it gives
   * no sign: the others treat it as lost and leave its share alone until these calls are in the shared accounts.
   * @param api the API whose account is being written by the command.
   */
  async #signed<T>(api: string | null, command: (sign: SignOfLife | null) => Promise<T>): Promise<T> {
    if (this.#isLeaving || this.lone.apis.some((each) => each !== api)) return command(null);
    const { sign, takeBack } = this.view.sign();
    try {
      return await command(sign);
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) takeBack();
      throw error;
    }
  }
}
