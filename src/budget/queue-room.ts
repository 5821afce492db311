import type { Limit, Ticket } from './account.js';
import { isPromised } from './queue.js';

/** The text of an account stays below this size. */
const largestAccountBytes = 256 * 1024;
/** The longest texts of one ticket and of one slot, with the longest names that the settings allow. */
const ticketBytes = 400;
const slotBytes = 250;
/** All other fields together. */
const otherBytes = 32 * 1024;
/** With a very high limit the slots alone fill an account. Some tickets must stand all the same. */
const leastTickets = 64;

/**
 * The room that the tickets of an account leave for more tickets. Each change sends the whole account to Redis and
 * back, so a large account slows down the whole fleet. Work without room is refused with a true time, or waits at home.
 */
export class QueueRoom {
  /** Waiting tickets that no place was promised to. */
  #waiting: number;
  /**
   * Waiting tickets with more tickets in front do not stay. So new tickets of other consumers, which come before some
   * of the old tickets, find room.
   */
  readonly #mostInFront: number;
  /** Work left behind, and waiting tickets with a promised place. */
  #promised: number;
  #low: number;

  /** @param tickets the tickets that stay in any case. */
  constructor({ limit }: Limit, tickets: readonly Ticket[], now: number) {
    const free = largestAccountBytes - otherBytes - limit * slotBytes;
    const eighth = Math.max(leastTickets, free / ticketBytes) / 8;
    this.#waiting = Math.floor(4 * eighth);
    this.#mostInFront = Math.floor(3 * eighth);
    this.#promised = Math.floor(3 * eighth);
    this.#low = Math.floor(eighth);
    for (const ticket of tickets)
      if (ticket.priority === 'left-behind' || isPromised(ticket, now)) this.#promised -= 1;
      else if (ticket.priority === 'waiting') this.#waiting -= 1;
      else this.#low -= 1;
  }

  /** @returns whether a waiting ticket may stay; if so, its room is taken. */
  takeWaiting(inFront: number): boolean {
    if (inFront >= this.#mostInFront || this.#waiting <= 0) return false;
    this.#waiting -= 1;
    return true;
  }

  takePromised(): boolean {
    if (this.#promised <= 0) return false;
    this.#promised -= 1;
    return true;
  }

  takeLow(): boolean {
    if (this.#low <= 0) return false;
    this.#low -= 1;
    return true;
  }
}
