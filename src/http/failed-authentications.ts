/**
 * Counts requests with a wrong key, by address and beginning of the key. Over the rate a wrong key gets a 429 in place of
 * the 401. A right key is never refused for the wrong keys of others, because it is recognised before.
 */
import { LRUCache } from 'lru-cache';
import type { Rates } from '../consumers/rates.js';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import { networkOf } from './client-address.js';
import { Problem } from './problem.js';
import { rateLimited } from './quota.js';

/** Characters of a wrong key that are kept. Too few to tell anything about a key that is right elsewhere. */
const prefixLength = 2;
const auditEveryMs = 60_000;
const mostKept = 10_000;

interface Unaudited {
  since: number;
  count: number;
}

export class FailedAuthentications {
  readonly #unaudited = new LRUCache<string, Unaudited>({ max: mostKept });

  constructor(
    private readonly rates: Rates,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @param key the key that was sent, if any. @returns the problem for the sender. */
  async refuse(address: string, key: string | undefined): Promise<Problem> {
    const unknown = () =>
      new Problem('unauthenticated', 'Send your key as Authorization: Bearer KEY or as X-API-Key: KEY');
    if (key === undefined) {
      this.#audit(networkOf(address), '');
      return unknown();
    }
    return (await this.over(address, key.slice(0, prefixLength))) ?? unknown();
  }

  /**
   * Counts a failure that names something harmless, such as an access key's id.
   * @returns the problem of an address over the rate.
   */
  async over(address: string, named: string): Promise<Problem | undefined> {
    const network = networkOf(address);
    this.#audit(network, named);
    const waitMs = await this.rates.takeFailure(`${network}:${hex(named)}`);
    return waitMs > 0
      ? rateLimited('Too many requests with wrong keys came from this address', waitMs, this.clock)
      : undefined;
  }

  /** One line a minute, with the number of refusals since the line before. */
  #audit(address: string, prefix: string): void {
    const kept = `${address} ${prefix}`;
    const now = this.clock.monotonic();
    const before = this.#unaudited.get(kept);
    if (before && now - before.since < auditEveryMs) {
      before.count += 1;
      return;
    }
    this.#unaudited.set(kept, { since: now, count: 0 });
    const line = { audit: 'refusal', status: 401, address, prefix, count: 1 + (before?.count ?? 0) };
    this.log.info(line, 'Audit');
  }
}

/** Any character may stand in a wrong key, and not every character in a key of Redis. */
function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
