/**
 * The limits of this instance's memory, and the library's metrics of the process and of Node. The durations of garbage
 * collections are left out: for them Node makes an entry for each collection and runs JavaScript, which took a sixth of
 * the processor time at 25,000 hits a second.
 */
import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { collectDefaultMetrics, type Registry } from 'prom-client';
import { known, type Families } from './families.js';

const costly = ['gc'];
/**
 * The event loop's delay is measured by a timer with this interval in ms. The library's default, 10, woke an idle
 * process 100 times a second. The delay contains the interval: without a delay it is as long as the interval.
 */
const options = { eventLoopMonitoringPrecision: 50 };

export function processMetrics(registry: Registry): void {
  // The library can only be asked for all of them at once. Each lies in a file with its name.
  const load = createRequire(import.meta.url);
  for (const name of collectDefaultMetrics.metricsList)
    if (!costly.includes(name)) (load(`prom-client/lib/metrics/${name}.js`) as Install)(registry, options);
}

/** An instance that reaches one of these limits ends: the system or V8 ends it. */
export function memoryLimits(families: Families): void {
  families.gauge('memory_limit_bytes', 'Memory that the container may use, if it has a limit', [], () =>
    known({}, containerLimit()),
  );
  families.gauge('heap_limit_bytes', 'Memory that the heap of V8 may use', [], () => [
    [{}, getHeapStatistics().heap_size_limit],
  ]);
}

/** Without a limit the system tells more than the machine has, or nothing. */
function containerLimit(): number | null {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : null;
}

type Install = (registry: Registry, given: typeof options) => void;
