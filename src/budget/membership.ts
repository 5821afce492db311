import type { Limit } from './account.js';

/** An instance without a sign of life for this long counts as dead. */
export function deadAfterMs({ windowMs }: Limit): number {
  return Math.min(4_000, 2 * windowMs);
}

/**
 * The text of a sign of life; Redis puts its own time in front.
 * @param share the calls per window that the instance makes without Redis.
 * @param apis the APIs for which the instance may know calls that the account lacks.
 */
export function signOfLifeText(share: number, apis: Iterable<string>): string {
  return [share, ...apis].join(' ');
}

interface Member {
  /** The last sign of life, on Redis's clock. */
  at: number;
  share: number;
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

  /** A member that vanished without signing off keeps its share for this long: the member may still be calling. */
  get lostForMs(): number {
    return 2 * this.limit.windowMs + deadAfterMs(this.limit);
  }

  /** @param members each member's name and its last sign of life, with Redis's time in front. */
  learn(now: number, members: readonly (readonly [name: string, signOfLife: string])[]): void {
    this.#members = new Map(
      members.map(([name, signOfLife]) => {
        const [at, share, ...apis] = signOfLife.split(' ');
        return [name, { at: Number(at), share: Number(share), apis: new Set(apis) }];
      }),
    );
    for (const [name, member] of this.#members) this.#recent.set(name, member);
    for (const [name, { at }] of this.#recent) if (now - at > this.lostForMs) this.#recent.delete(name);
  }

  isLive(name: string, now: number): boolean {
    return name === this.self || now - (this.#members.get(name)?.at ?? 0) < deadAfterMs(this.limit);
  }

  live(now: number): number {
    return Math.max(1, [...this.#members.keys()].filter((name) => this.isLive(name, now)).length);
  }

  /** Calls per window to leave to lost members. Redis forgets a lost member after `lostForMs`. */
  reserved(now: number): number {
    const lost = [...this.#members].filter(([name]) => !this.isLive(name, now));
    return lost.reduce((sum, [, { share }]) => sum + Math.max(1, share), 0);
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
