import type { Account, Limit, Priority, Ticket } from './account.js';
import { breakerState, mayTry, trying } from './breaker.js';
import { aheadOf, forgetOldTickets, inOrder, leave, leaveBehind, promised, turnAway } from './queue.js';
import { forgetOldSlots, freeTimes, isSlotFree, isUnderWay, limitNow, takeSlot } from './slots.js';

/** What the rules need to know besides the account itself. */
export interface Circumstances {
  now: number;
  configured: Limit;
  /** Calls per window to leave to instances that were lost and may still be calling. */
  reserved: number;
  isLive: (instance: string) => boolean;
  /** Calls that the API's total, over all HSS users, still has room for. */
  totalRoom: number;
}

/** How long a call that was granted may take until it has ended for certain. */
export interface GrantTerms {
  instance: string;
  newSlotId: () => string;
  longestCallMs: number;
}

export type Verdict =
  | { ticket: string; granted: string }
  /** Not before `at`, which is too late for its callers; whether the work stays in the queue. */
  | { ticket: string; refusedUntil: number; because: 'budget' | 'breaker'; leftBehind: boolean }
  /** At `expectedAt`; its answer may take `answerMs` from then. */
  | { ticket: string; expectedAt: number; answerMs: number };

/**
 * Grants what can be granted to one instance's tickets, and says of the others when their turn is expected. The
 * tickets of other instances keep their turn: who asks next takes it.
 */
export function settle(account: Account, circumstances: Circumstances, terms: GrantTerms): Verdict[] {
  const { now, configured, reserved } = circumstances;
  const limit = limitNow(account, configured, now, reserved);
  forgetOldSlots(account, Math.max(limit.windowMs, configured.windowMs), now);
  // Its callers stopped to wait before their turn came: the work stays for when they ask again.
  for (const ticket of inOrder(account, 'waiting'))
    if (ticket.until <= now) leaveBehind(account, ticket, now, now);
  forgetOldTickets(account, circumstances.isLive, now);
  const verdicts = grant(account, limit, circumstances, terms);
  const mine = account.tickets.filter(({ instance }) => instance === terms.instance);
  return [...verdicts, ...mine.map((ticket) => outlook(account, ticket, limit, circumstances))];
}

function grant(account: Account, limit: Limit, circumstances: Circumstances, terms: GrantTerms): Verdict[] {
  const { now, isLive } = circumstances;
  const verdicts: Verdict[] = [];
  while (verdicts.length < circumstances.totalRoom && isSlotFree(account, limit, now)) {
    const tickets = account.tickets.filter(
      ({ instance, key }) => mayTry(account, instance, now) && !isUnderWay(account, key, isLive, now),
    );
    const next = nextTicket({ ...account, tickets }, limit, now);
    if (next?.instance !== terms.instance) break;
    const id = terms.newSlotId();
    const from = now + terms.longestCallMs;
    takeSlot(account, { id, instance: terms.instance, key: next.key, grantedAt: now, from });
    trying(account, id, terms.instance, now);
    leave(account, next.id);
    account.order = Math.max(account.order, next.order);
    if (isForConsumer(next.priority)) account.lastConsumerAt = now;
    else account.lastBackgroundAt = now;
    verdicts.push({ ticket: next.id, granted: id });
  }
  return verdicts;
}

/** Background calls get one turn in this many windows even while consumers wait. */
const floorWindows = 4;

/** Whose turn it is, of all instances; undefined when nobody may go. */
function nextTicket(account: Account, limit: Limit, now: number): Ticket | undefined {
  const background = inOrder(account, 'revalidation')[0] ?? inOrder(account, 'background')[0];
  const starvedSince = Math.max(account.lastBackgroundAt, background?.since ?? now);
  if (background && now - starvedSince >= floorWindows * limit.windowMs) return background;
  const forConsumers = nextConsumer(account, limit, now) ?? inOrder(account, 'left-behind')[0];
  if (forConsumers) return forConsumers;
  return background && now >= backgroundAt(account, limit) ? background : undefined;
}

/** Who waits goes first as long as everybody who was told a time can still be served at about that time. */
function nextConsumer(account: Account, limit: Limit, now: number): Ticket | undefined {
  const [waiting] = inOrder(account, 'waiting');
  const due = promised(account, now).filter((ticket) => ticket !== waiting);
  const [, ...left] = freeTimes(account, limit, now, due.length + 1);
  const isHarmless = due.every(({ promisedAt }, index) => (left[index] ?? now) <= promisedAt + lateByMs);
  return isHarmless ? waiting : due[0];
}

/** Whoever comes back as told can wait this much longer. */
const lateByMs = 2_000;

/** Background keeps one interval away from consumers' calls and from its own. */
function backgroundAt(account: Account, { limit, windowMs }: Limit): number {
  return Math.max(account.lastConsumerAt, account.lastBackgroundAt) + windowMs / limit;
}

/** When the ticket's turn is expected; a waiting one whose callers cannot wait that long is refused. */
function outlook(account: Account, ticket: Ticket, limit: Limit, { now, isLive }: Circumstances): Verdict {
  const { id, key, priority } = ticket;
  // Its result will be told: no call of its own is needed.
  if (isUnderWay(account, key, isLive, now))
    return { ticket: id, expectedAt: now + account.callMs, answerMs: 0 };
  // Turns are estimates, and half the calls take longer than usual.
  const answerMs = 2 * account.callMs;
  if (breakerState(account, ticket.instance, now) === 'open' && priority !== 'background') {
    leave(account, id);
    return { ticket: id, refusedUntil: account.breaker.openUntil, because: 'breaker', leftBehind: false };
  }
  if (!isForConsumer(priority)) {
    const [free = now] = freeTimes(account, limit, now, 1);
    return { ticket: id, expectedAt: Math.max(free, backgroundAt(account, limit)), answerMs };
  }
  const expectedAt = expectedTurn(account, ticket, limit, now);
  if (priority !== 'waiting' || expectedAt + answerMs <= ticket.until)
    return { ticket: id, expectedAt, answerMs };
  const placeAt = freePlace(account, ticket, expectedAt, limit, now);
  const leftBehind = leaveBehind(account, ticket, placeAt, now);
  const refusedUntil = leftBehind ? placeAt : turnAway(account, ticket, expectedAt, limit, now);
  return { ticket: id, refusedUntil, because: 'budget', leftBehind };
}

function isForConsumer(priority: Priority): boolean {
  return priority === 'waiting' || priority === 'left-behind';
}

/** A later turn has more promised places in front of it, so it is approached from below. */
function expectedTurn(account: Account, ticket: Ticket, limit: Limit, now: number): number {
  let at = now;
  for (let rounds = 0; rounds < account.tickets.length + 1; rounds += 1) {
    const ahead = aheadOf(account, ticket, at, now);
    const turn = freeTimes(account, limit, now, ahead + 1)[ahead] ?? now;
    if (turn <= at) break;
    at = turn;
  }
  return at;
}

/**
 * The first turn from `from` on that can be promised. Of the turns of a window one stays free for whoever comes and
 * can wait, and one consumer is promised no more than half of them: promises must not become the queue.
 */
function freePlace(account: Account, ticket: Ticket, from: number, limit: Limit, now: number): number {
  const taken = promised(account, now);
  const turns = freeTimes(account, limit, now, 2 * account.tickets.length + 2 * limit.limit);
  const isFree = (at: number) => {
    const near = taken.filter(({ promisedAt }) => Math.abs(promisedAt - at) <= limit.windowMs / 2);
    const own = near.filter(({ consumer }) => consumer === ticket.consumer);
    return (
      near.length < Math.max(1, limit.limit - 1) && own.length < Math.max(1, Math.floor(limit.limit / 2))
    );
  };
  return turns.find((at) => at >= from && isFree(at)) ?? Infinity;
}
