import type { Limit } from './account.js';

/** An instance without a sign of life for this long counts as lost: its tickets are passed over. */
export const lostAfterMs = 1_000;

/**
 * The text of a sign of life; Redis puts its own time in front.
 * @param share calls per window. Only releases before escrow.ts read it.
 * @param apis the APIs for which the instance may know calls that the account lacks.
 */
export function signOfLifeText(share: number, apis: Iterable<string>): string {
  return [share, ...apis].join(' ');
}

interface Member {
  /** The last sign of life, on Redis's clock. */
  at: number;
  apis: ReadonlySet<string>;
}

/** The instances that share the budget, as Redis listed them last. FleetView keeps the list. */
export class Membership {
  #members = new Map<string, Member>();
  /** All instances with a recent sign of life, even if Redis has lost its list since. */
  readonly #recent = new Map<string, Member>();

  constructor(
    private readonly self: string,
    private readonly limit: Limit,
  ) {}

  /** Redis forgets a member after this time without a sign of life. */
  get forgottenAfterMs(): number {
    return 2 * this.limit.windowMs + lostAfterMs;
  }

  /**
   * @param members each member's name and its last sign of life, with Redis's time in front.
   * @param wasMember whether Redis listed this instance before: then the instances that are not listed have signed off.
   */
  learn(
    now: number,
    members: readonly (readonly [name: string, signOfLife: string])[],
    wasMember: boolean,
  ): void {
    this.#members = new Map(
      members.map(([name, signOfLife]) => {
        const [at, , ...apis] = signOfLife.split(' ');
        return [name, { at: Number(at), apis: new Set(apis) }];
      }),
    );
    for (const [name, member] of this.#members) this.#recent.set(name, member);
    const isComplete = wasMember && this.#members.has(this.self);
    for (const [name, { at }] of this.#recent)
      if (now - at > this.forgottenAfterMs || (isComplete && !this.#members.has(name)))
        this.#recent.delete(name);
  }

  isLive(name: string, now: number): boolean {
    // A sign of life from the future was given before Redis's clock was set back.
    return name === this.self || Math.abs(now - (this.#members.get(name)?.at ?? 0)) < lostAfterMs;
  }

  live(now: number): number {
    return Math.max(1, [...this.#members.keys()].filter((name) => this.isLive(name, now)).length);
  }

  /** The other members, as listed in Redis's last answer. */
  get others(): string[] {
    return [...this.#members.keys()].filter((name) => name !== this.self);
  }

  /**
   * The other instances whose last sign of life names the API. Such an instance may know calls that the account
   * lacks.
   */
  knowing(api: string): string[] {
    return [...this.#recent]
      .filter(([name, { apis }]) => name !== this.self && apis.has(api))
      .map(([name]) => name);
  }
}
