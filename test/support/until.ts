/**
 * Lets real time pass, for what must not happen meanwhile, or for a machine of the test that is slow on purpose. A busy
 * machine makes such a test see less and never makes the test fail. What must happen is waited for with `until`.
 */
export function aWhile(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Waits for a condition that no event announces, such as the work of another process. `holds` is called every 2 ms at
 * first and every 200 ms at last, since a call may cost a request. After `withinMs` of real time this gives up: by
 * default shortly before the test itself would, since a busy machine may be slow.
 */
export async function until(holds: () => unknown, withinMs = 200_000): Promise<void> {
  const startedAt = performance.now();
  while (!(await holds())) {
    const passedMs = performance.now() - startedAt;
    if (passedMs > withinMs)
      throw new Error(`This did not become true within ${withinMs} ms: ${String(holds)}`);
    await aWhile(Math.min(2 + passedMs / 20, 200));
  }
}
