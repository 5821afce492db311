import { ageSeconds, cacheControl, cacheStatus, type AnswerAge } from './answer.js';

/**
 * The headers of a stored answer, except those that depend on the request. Three of the headers tell the time in
 * seconds. The list is made anew only when one of the three changes, so most hits find it ready. Used by the hot path.
 */
export class HotHeaders {
  #list: readonly string[] = [];
  #from = Infinity;
  #until = -Infinity;

  /** Names and values alternate. @param before and after: headers that stay the same, in the order of Fastify. */
  constructor(
    readonly before: readonly string[],
    private readonly age: AnswerAge,
    private readonly after: readonly string[] = [],
  ) {}

  /** Names and values alternate. @param now wall time in whole ms. */
  at(now: number): readonly string[] {
    if (now < this.#from || now >= this.#until) this.#renew(now);
    return this.#list;
  }

  #renew(now: number): void {
    const { before, age, after } = this;
    this.#list = [
      ...before,
      'age',
      String(ageSeconds(age, now)),
      'cache-control',
      cacheControl(age, now),
      'cache-status',
      cacheStatus('hit', age, now),
      ...after,
    ];
    this.#from = now;
    // The age and the rest of the life are rounded down, the ttl to the nearest second.
    const steps = [age.fetchedAt, age.freshUntil + 1, age.freshUntil + 501];
    this.#until = now + Math.min(...steps.map((step) => untilSecondAfter(step, now)));
  }
}

/** The time in ms until whole seconds have passed since `moment`. Full for `moment` itself. */
function untilSecondAfter(moment: number, now: number): number {
  const passed = (now - moment) % 1000;
  return passed < 0 ? -passed : 1000 - passed;
}
