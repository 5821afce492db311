import type { Limit } from './account.js';

/** An instance that has not been heard of for this long is taken for dead. */
export function deadAfterMs({ windowMs }: Limit): number {
  return Math.min(4_000, 2 * windowMs);
}

interface Member {
  /** When it was heard of last, on Redis's clock. */
  at: number;
  /** Calls per window that it has without Redis. */
  share: number;
  /** The APIs of whose calls it may know more than the account. */
  apis: ReadonlySet<string>;
}

/** Who shares the budget, as Redis last told. */
export class Membership {
  #members = new Map<string, Member>();
  /** Everyone heard of lately, even if Redis has forgotten them since. */
  readonly #heard = new Map<string, Member>();

  constructor(
    private readonly self: string,
    private readonly limit: Limit,
  ) {}

  /** An instance that vanished without a word may still call, with a share of its own: it is left to it this long. */
  get lostForMs(): number {
    return 2 * this.limit.windowMs + deadAfterMs(this.limit);
  }

  learn(now: number, members: readonly (readonly [name: string, told: string])[]): void {
    this.#members = new Map(
      members.map(([name, told]) => {
        const [at, share, ...apis] = told.split(' ');
        return [name, { at: Number(at), share: Number(share), apis: new Set(apis) }];
      }),
    );
    for (const [name, member] of this.#members) this.#heard.set(name, member);
    for (const [name, { at }] of this.#heard) if (now - at > this.lostForMs) this.#heard.delete(name);
  }

  isLive(name: string, now: number): boolean {
    return name === this.self || now - (this.#members.get(name)?.at ?? 0) < deadAfterMs(this.limit);
  }

  live(now: number): number {
    return Math.max(1, [...this.#members.keys()].filter((name) => this.isLive(name, now)).length);
  }

  /** Calls per window to leave to members that were lost: Redis has forgotten those lost for longer. */
  reserved(now: number): number {
    const lost = [...this.#members].filter(([name]) => !this.isLive(name, now));
    return lost.reduce((sum, [, { share }]) => sum + Math.max(1, share), 0);
  }

  /** The other members when Redis was last heard of. */
  get others(): string[] {
    return [...this.#members.keys()].filter((name) => name !== this.self);
  }

  /** The other instances that may know calls to the API which its account lacks. */
  knowing(api: string): string[] {
    return [...this.#heard]
      .filter(([name, { apis }]) => name !== this.self && apis.has(api))
      .map(([name]) => name);
  }
}
