/**
 * What is wrong now, in words and times: the reasons why /health says `degraded`. None of them takes the instance out of
 * service, because the other instances have the same trouble, and cached answers still help.
 */
import type { ConsumersWatch } from '../consumers/consumers-watch.js';
import type { HssClient } from '../hss/hss-client.js';
import type { RedisLink } from '../redis/redis-link.js';

/** The parts, in the order in which they are told. */
export const troubleParts = ['hss', 'iam', 'credential', 'redis', 'consumers-file'] as const;
export type TroublePart = (typeof troubleParts)[number];

export interface Trouble {
  readonly part: TroublePart;
  /** A word: a code of the problem list, a state or refusal of Redis, `faulty` or `secret-keys-unopened`. */
  readonly why: string;
  /** Wall time in ms. */
  readonly since: number;
}

export class Troubles {
  constructor(
    private readonly client: HssClient,
    private readonly redis: RedisLink | null,
    private readonly consumersFile: ConsumersWatch | null,
  ) {}

  /** One for each part at most: the one that began first. */
  now(): Trouble[] {
    const found = [...this.client.record.troubles, ...this.#ofRedis(), ...this.#ofFile()];
    return troubleParts.flatMap((part) => {
      const [first] = found.filter((one) => one.part === part).sort((a, b) => a.since - b.since);
      return first ? [{ part, why: first.why, since: first.since }] : [];
    });
  }

  #ofRedis(): Trouble[] {
    if (!this.redis) return [];
    const { awaySince, refusal } = this.redis;
    if (awaySince !== null) return [{ part: 'redis', why: 'down', since: awaySince }];
    return refusal ? [{ part: 'redis', why: refusal.code, since: refusal.since }] : [];
  }

  #ofFile(): Trouble[] {
    const part = 'consumers-file';
    const faultySince = this.consumersFile?.faultySince ?? null;
    const unopenedSince = this.consumersFile?.secrets?.unopenedSince ?? null;
    return [
      ...(faultySince === null ? [] : [{ part, why: 'faulty', since: faultySince } as const]),
      ...(unopenedSince === null
        ? []
        : [{ part, why: 'secret-keys-unopened', since: unopenedSince } as const]),
    ];
  }
}
