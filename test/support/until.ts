/**
 * Waits for what another process does, of which no event tells: looks every 2 ms at first, every 20 ms at last (a look
 * may cost a request), and gives up after `withinMs` of real time.
 */
export async function until(holds: () => unknown, withinMs = 30_000): Promise<void> {
  const startedAt = performance.now();
  while (!(await holds())) {
    const passedMs = performance.now() - startedAt;
    if (passedMs > withinMs) throw new Error(`It did not come about within ${withinMs} ms: ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(2 + passedMs / 20, 20)));
  }
}
