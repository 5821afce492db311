import type { Account, Limit } from './account.js';
import { marginMs } from './slots.js';

/**
 * What an instance may use while it has no Redis, as pure rules. The other side of the agreement is in escrow.ts: the
 * others leave the spare slots alone at once, and the whole share from the moment at which they notice the silence.
 */

/** What the shared account surely holds for this instance. */
export interface Holding {
  /** Calls per window. */
  share: number;
  spare: number;
  /** For each own call, by slot: the time at which it stops counting in the shared account. */
  ends: ReadonlyMap<string, number>;
}

export interface LonePosition {
  limit: Limit;
  holding: Holding;
  /** By this time all other instances know that this instance is silent. */
  noticedAt: number;
  /** From this time on no call counts that another instance made before it noticed the silence. */
  settledAt: number;
}

/** The calls that a ledger without Redis may grant now. */
export interface LocalTerms {
  limit: Limit;
  /** No call before this time. */
  opensAt: number;
  /** Calls per window that other instances may make meanwhile, if known. */
  othersShare?: number;
}

/**
 * @param account holds this instance's own calls only.
 * @returns a limit for these calls. A spare slot can be used at once. After it, one call may follow each own call
 * that has stopped counting, as far as the share goes. The whole share is free when all other calls have stopped
 * counting.
 */
export function loneTerms(account: Account, position: LonePosition, now: number): LocalTerms {
  const { limit, holding, noticedAt, settledAt } = position;
  const { share, spare, ends } = holding;
  const { windowMs } = limit;
  const counting = account.slots.filter(({ from }) => from + windowMs + marginMs > now);
  const alone = counting.filter(({ id }) => !ends.has(id)).length;
  if (alone < spare) return { limit: { limit: counting.length + spare - alone, windowMs }, opensAt: 0 };
  if (now >= settledAt && share > 0) return { limit: { limit: share, windowMs }, opensAt: 0 };
  const kept = [...ends.values()].filter((end) => end > noticedAt).length;
  const backed = Math.min(share, spare + kept);
  if (backed > 0) return { limit: { limit: backed, windowMs }, opensAt: 0 };
  // Without a share the instance cannot know when a call is safe: it asks again a window later.
  return { limit: { limit: Math.max(1, share), windowMs }, opensAt: share > 0 ? settledAt : now + windowMs };
}

/** What one reading of the shared account shows. */
export function holdingIn(account: Account, instance: string, { windowMs }: Limit): Holding {
  const own = account.owners?.[instance];
  const slots = account.slots.filter((slot) => slot.instance === instance);
  const ends = new Map(slots.map(({ id, from }) => [id, from + windowMs + marginMs]));
  return { share: own?.share ?? 0, spare: own?.spare ?? 0, ends };
}

/** What is sure when the account is in one of two states. */
export function surely(a: Holding, b: Holding): Holding {
  const ends = [...a.ends].flatMap(([id, end]): [string, number][] => {
    const other = b.ends.get(id);
    return other === undefined ? [] : [[id, Math.min(end, other)]];
  });
  return { share: Math.min(a.share, b.share), spare: Math.min(a.spare, b.spare), ends: new Map(ends) };
}

/** The terms of a share that was fixed by the settings: a whole number of calls, or one call in a longer window. */
export function shareOf({ limit, windowMs }: Limit, sharers: number): Limit {
  const whole = Math.floor(limit / sharers);
  return whole >= 1
    ? { limit: whole, windowMs }
    : { limit: 1, windowMs: Math.ceil((windowMs * sharers) / limit) };
}
