/**
 * Waits for what another process does, of which no event tells: looks as often as the event loop turns, and gives up
 * after `withinMs` of real time.
 */
export async function until(holds: () => unknown, withinMs = 10_000): Promise<void> {
  const givesUpAt = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > givesUpAt)
      throw new Error(`It did not come about within ${withinMs} ms: ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
