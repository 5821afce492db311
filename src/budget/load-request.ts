import { isLow, priorities, type LowPriority, type Priority } from './account.js';
import type { Load } from './load.js';
import type { TicketRequest } from './queue.js';

/** What the callers of a load ask of the queue. PendingLoads writes it into the account. */

/** The most urgent priority among the callers, the consumers with that priority, and the longest time to wait. */
export function requestOf(id: string, load: Load, instance: string): TicketRequest {
  const priority = priorityOf(load) ?? 'waiting';
  const names = consumersOf(load, priority);
  const consumers = names.length > 0 ? names : [''];
  const waitMs = Math.max(0, ...[...load.callers].map((caller) => caller.remainingMs()));
  const { key, servesForMs } = load;
  return {
    id,
    key,
    instance,
    consumers,
    priority,
    waitMs,
    ...(servesForMs !== undefined && { servesForMs }),
  };
}

export function consumersOf({ callers }: Load, priority: Priority): string[] {
  const asking = [...callers].filter((caller) => caller.priority === priority);
  return [...new Set(asking.map(({ consumer }) => consumer))];
}

/** The most urgent priority among the callers; undefined without callers. */
function priorityOf({ callers }: Load): Priority | undefined {
  const asking = new Set<Priority>([...callers].map(({ priority }) => priority));
  return priorities.find((priority) => asking.has(priority));
}

/** The priority of a load that no consumer waits for; undefined if a consumer waits, or without callers. */
export function lowPriorityOf(load: Load): LowPriority | undefined {
  const priority = priorityOf(load);
  return isLow(priority) ? priority : undefined;
}
