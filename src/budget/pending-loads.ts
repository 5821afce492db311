import { randomUUID } from 'node:crypto';
import { priorities, type Account, type Ticket } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import type { Grant } from './grant.js';
import type { Load } from './load.js';
import { removeTicket, TicketIndex, type TicketRequest } from './queue.js';
import { keysUnderWay } from './slots.js';

/** One load on this instance that waits for a grant. The load's ticket in the account has the same id. */
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

/**
 * The loads of one API that wait on this instance, and their tickets in the account. ApiBudget writes the tickets
 * into the account in every round. If Redis loses the account, one round puts this instance's tickets back. Grants
 * are not decided here.
 */
export class PendingLoads {
  readonly #pending = new Map<string, Pending>();

  constructor(private readonly instance: string) {}

  get size(): number {
    return this.#pending.size;
  }

  add(load: Load, grant: Pending['grant'], fail: Pending['fail']): string {
    const id = randomUUID();
    this.#pending.set(id, { id, load, ticket: null, grant, fail });
    return id;
  }

  get(id: string): Pending | undefined {
    return this.#pending.get(id);
  }

  /** Removes the load and returns it. */
  take(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  failAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.fail(error);
    this.#pending.clear();
  }

  /** Keeps a copy of this instance's tickets, for the case that Redis loses the account. */
  remember(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) {
      const pending = this.#pending.get(ticket.id);
      if (pending) pending.ticket = { ...ticket };
    }
  }

  /**
   * Removes tickets of this instance that belong to no waiting load: the work was done while Redis was away. Such
   * tickets would block all other instances at the head of the queue.
   */
  removeStaleTickets(account: Account): void {
    account.tickets = account.tickets.filter(
      (ticket) => ticket.instance !== this.instance || this.#pending.has(ticket.id),
    );
  }

  /** Writes a ticket for each waiting load. @returns the ids of the loads that need no ticket any more. */
  writeTickets(account: Account, { now, isLive }: BudgetConditions): string[] {
    const done: string[] = [];
    const index = new TicketIndex(account);
    const underWay = keysUnderWay(account, isLive, now);
    for (const { id, load, ticket } of this.#pending.values()) {
      const isLost = ticket !== null && !index.byId.has(id);
      const hasCallers = load.callers.size > 0;
      // Work left behind is done when another instance has taken the work over, or when its ten minutes are over.
      const isDone =
        isLost && !hasCallers && (ticket.until <= now || index.hasKey(load.key) || underWay.has(load.key));
      if (load.isUnwanted || isDone) {
        removeTicket(account, id);
        done.push(id);
        continue;
      }
      if (isLost) index.add({ ...ticket });
      // A ticket without callers is work left behind: it keeps its place unchanged.
      if (!hasCallers && ticket !== null) continue;
      index.enqueue(requestOf(id, load, this.instance), now);
    }
    return done;
  }
}

/** The most urgent priority among the callers, the consumers with that priority, and the longest time to wait. */
function requestOf(id: string, load: Load, instance: string): TicketRequest {
  const callers = [...load.callers];
  const priority = priorities.find((each) => callers.some((caller) => caller.priority === each)) ?? 'waiting';
  const names = callers.filter((caller) => caller.priority === priority).map(({ consumer }) => consumer);
  const consumers = names.length > 0 ? [...new Set(names)] : [''];
  const waitMs = Math.max(0, ...callers.map((caller) => caller.remainingMs()));
  return { id, key: load.key, instance, consumers, priority, waitMs };
}
