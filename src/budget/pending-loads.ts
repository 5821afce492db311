import { randomUUID } from 'node:crypto';
import { lowPriorities, type Account, type LowPriority, type Ticket } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import { Unwanted } from './budget-errors.js';
import type { Grant } from './grant.js';
import { HomeQueue } from './home-queue.js';
import type { Load } from './load.js';
import { consumersOf, lowPriorityOf, requestOf } from './load-request.js';
import { removeTicket, TicketIndex } from './queue.js';
import { QueueRoom } from './queue-room.js';
import { keysUnderWay } from './slots.js';

/** One load on this instance that waits for a grant. If the load has a ticket in the account, its id is the same. */
export interface Pending {
  id: string;
  load: Load;
  /**
   * The ticket as it was last in the account; null before the first round. If Redis loses the account, this copy
   * restores the ticket.
   */
  ticket: Ticket | null;
  grant: (grant: Grant) => void;
  fail: (error: Error) => void;
}

/** The loads whose place a change of the account has changed. */
export interface Moves {
  /** Ids of the loads that no caller and no consumer needs any more. */
  done: string[];
  /** Ids of the loads that from now on wait at home. */
  home: string[];
}

/**
 * The loads of one API that wait on this instance, and their tickets in the account. ApiBudget writes the tickets
 * into the account in every round. If Redis loses the account, one round puts this instance's tickets back. Of each
 * low priority only one load has a ticket. The other loads of low priority wait at home. Grants are not decided here.
 */
export class PendingLoads {
  readonly #pending = new Map<string, Pending>();
  /** The loads that have a ticket, or get a ticket in the next round. */
  readonly #inQueue = new Map<string, Pending>();
  readonly #home = new HomeQueue();
  /** The loads of low priority that have a ticket. */
  readonly #heads = new Map<LowPriority, string>();

  /** @param dropped makes the error for a load that finds no place at home. */
  constructor(
    private readonly instance: string,
    private readonly dropped: () => Error,
  ) {}

  get size(): number {
    return this.#pending.size;
  }

  add(load: Load, grant: Pending['grant'], fail: Pending['fail']): string {
    const id = randomUUID();
    this.#pending.set(id, { id, load, ticket: null, grant, fail });
    return id;
  }

  /**
   * Puts a new load, or a load whose callers have changed, where it belongs. @returns whether a round must follow.
   */
  place(id: string): boolean {
    const pending = this.#pending.get(id);
    if (!pending) return false;
    const low = this.#inQueue.has(id) ? undefined : lowPriorityOf(pending.load);
    if (!low) {
      const isForgotten = this.#home.has(id) && pending.load.callers.size === 0;
      if (isForgotten) this.take(id)?.fail(new Unwanted());
      else this.#enterQueue(pending);
      return !isForgotten;
    }
    if (!this.#home.has(id)) this.#sendHome(pending, low);
    return !this.#hasHead(low);
  }

  get(id: string): Pending | undefined {
    return this.#pending.get(id);
  }

  /** Removes the load and returns it. */
  take(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#inQueue.delete(id);
    this.#home.remove(id);
    return pending;
  }

  failAll(error: Error): void {
    for (const id of [...this.#pending.keys()]) this.take(id)?.fail(error);
  }

  /** How many loads wait at home, by priority. */
  get atHome(): Record<LowPriority, number> {
    return { revalidation: this.#home.count('revalidation'), background: this.#home.count('background') };
  }

  /** A load waits at home although it could be in the queue. */
  get needsHead(): boolean {
    return lowPriorities.some((low) => this.#home.count(low) > 0 && !this.#hasHead(low));
  }

  /** Lets the next load of each low priority into the queue, if the last one has left it. */
  chooseHeads(): void {
    for (const low of lowPriorities) {
      const head = this.#inQueue.get(this.#heads.get(low) ?? '');
      if (head && lowPriorityOf(head.load)) continue;
      const next = this.#pending.get(this.#home.take(low) ?? '');
      if (next) this.#heads.set(low, next.id);
      else this.#heads.delete(low);
      if (next) this.#enterQueue(next);
    }
  }

  /** Keeps a copy of this instance's tickets, for the case that Redis loses the account. */
  remember(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) {
      const pending = this.#inQueue.get(ticket.id);
      if (pending) pending.ticket = { ...ticket };
    }
  }

  /**
   * Removes tickets of this instance that belong to no load in the queue: the work was done while Redis was away. Such
   * tickets would block all other instances at the head of the queue.
   */
  removeStaleTickets(account: Account): void {
    account.tickets = account.tickets.filter(
      (ticket) => ticket.instance !== this.instance || this.#inQueue.has(ticket.id),
    );
  }

  /** Writes a ticket for each load in the queue. @returns what `settle` has to do once the change is made. */
  writeTickets(account: Account, { now, isLive, configuredLimit }: BudgetConditions): Moves {
    const moves: Moves = { done: [], home: [] };
    const index = new TicketIndex(account);
    const room = new QueueRoom(configuredLimit, account.tickets, now);
    const underWay = keysUnderWay(account, isLive, now);
    const heads = new Set(this.#heads.values());
    const leave = (id: string, to: string[]) => {
      removeTicket(account, id);
      to.push(id);
    };
    for (const { id, load, ticket } of this.#inQueue.values()) {
      const isLost = ticket !== null && !index.byId.has(id);
      const hasCallers = load.callers.size > 0;
      // Work left behind is done when another instance has taken the work over, or when its time is over.
      const isDone =
        isLost && !hasCallers && (ticket.until <= now || index.hasKey(load.key) || underWay.has(load.key));
      if (load.isUnwanted || isDone) {
        leave(id, moves.done);
        continue;
      }
      if (isLost) index.add({ ...ticket });
      // A ticket without callers is work left behind: it keeps its place unchanged.
      if (!hasCallers && ticket !== null) continue;
      if (lowPriorityOf(load)) {
        // Work left behind keeps its place also if a refresh needs it, too.
        if (index.byId.get(id)?.priority === 'left-behind') continue;
        if (!heads.has(id)) leave(id, moves.home);
        if (!heads.has(id) || (!index.byId.has(id) && !room.takeLow())) continue;
      }
      index.enqueue(requestOf(id, load, this.instance), now);
    }
    return moves;
  }

  /** Ends and moves the loads that left the queue. */
  settle({ done, home }: Moves): void {
    for (const id of done) this.take(id)?.fail(new Unwanted());
    for (const id of home) {
      const pending = this.#inQueue.get(id);
      const low = pending && lowPriorityOf(pending.load);
      if (low) this.#sendHome(pending, low);
    }
  }

  #enterQueue(pending: Pending): void {
    this.#home.remove(pending.id);
    this.#inQueue.set(pending.id, pending);
  }

  #sendHome(pending: Pending, priority: LowPriority): void {
    const { id, load } = pending;
    const [consumer = ''] = consumersOf(load, priority);
    this.#inQueue.delete(id);
    pending.ticket = null;
    if (!this.#home.add(id, { priority, consumer })) this.take(id)?.fail(this.dropped());
  }

  #hasHead(priority: LowPriority): boolean {
    return this.#inQueue.has(this.#heads.get(priority) ?? '');
  }
}
