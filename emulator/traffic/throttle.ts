/**
 * The gateway's two limits: calls of one API per user, and calls of one API in total. HSS does not say whether
 * its window slides or is fixed, nor whether refused calls count: both are options.
 */
import { throttled } from '../refusal.js';
import type { HssApi } from '../routes.js';

export interface RateRule {
  readonly limit: number;
  readonly windowMs: number;
  /** 'sliding' (default): at most `limit` in any window. 'fixed': every window starts at zero. */
  readonly kind?: 'sliding' | 'fixed';
  /** Offset of fixed windows: each begins at a multiple of windowMs plus this offset. Default 0. */
  readonly phaseMs?: number;
  /** true: refused calls use up the sliding window too. Default false. */
  readonly countRejected?: boolean;
}

export type Rate = RateRule | 'off';

/** The calls left for the user after an admitted call; shown if the request asks for X-Apig-Mode: debug. */
export interface Remaining {
  readonly calls: number;
  readonly rule: RateRule;
}

export class Throttle {
  readonly #times = new Map<string, number[]>();

  constructor(
    private userRate: Rate,
    private totalRate: Rate,
  ) {}

  get rate(): Rate {
    return this.userRate;
  }

  /** A new rule starts with empty windows. */
  setRate(rate: Rate, total: Rate = this.totalRate): void {
    this.userRate = rate;
    this.totalRate = total;
    this.#times.clear();
  }

  /** Counts an authenticated attempt. Throws the gateway's 429 if the limit is used up. */
  admit(api: HssApi, user: string, nowMs: number): Remaining | undefined {
    const policies = [
      { name: 'user', rate: this.userRate, key: `${api} ${user}` },
      { name: 'api', rate: this.totalRate, key: api },
    ].flatMap(({ rate, ...policy }) => (rate === 'off' ? [] : [{ ...policy, rule: rate }]));

    const full = policies.find(({ rule, key }) => this.#within(rule, key, nowMs).length >= rule.limit);
    for (const { rule, key } of policies) {
      if (full === undefined || rule.countRejected === true) this.#within(rule, key, nowMs).push(nowMs);
    }
    if (full !== undefined) throw throttled(thresholdText(full.rule, full.name));

    const own = policies.find(({ name }) => name === 'user');
    if (own === undefined) return undefined;
    return { calls: own.rule.limit - this.#within(own.rule, own.key, nowMs).length, rule: own.rule };
  }

  /** @returns the counted calls inside the present window; forgets older calls. */
  #within(rule: RateRule, key: string, nowMs: number): number[] {
    const kept = (this.#times.get(key) ?? []).filter((time) => isInWindow(rule, time, nowMs));
    this.#times.set(key, kept);
    return kept;
  }
}

function isInWindow(rule: RateRule, time: number, nowMs: number): boolean {
  if (rule.kind !== 'fixed') return time > nowMs - rule.windowMs;
  const windowOf = (ms: number) => Math.floor((ms - (rule.phaseMs ?? 0)) / rule.windowMs);
  return windowOf(time) === windowOf(nowMs);
}

/** Limit and window can be read from the text, as from the real gateway's text. */
export function thresholdText(rule: RateRule, policy = 'user'): string {
  return `The throttling threshold has been reached: policy ${policy} over ratelimit,limit:${rule.limit},time:${windowText(rule.windowMs)}`;
}

export function windowText(windowMs: number): string {
  if (windowMs % 60_000 === 0) return `${windowMs / 60_000} minute`;
  if (windowMs % 1000 === 0) return `${windowMs / 1000} second`;
  return `${windowMs} millisecond`;
}
