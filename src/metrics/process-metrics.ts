/**
 * The library's metrics of the process and of Node, without the durations of garbage collections. To see those, Node makes
 * an entry for each collection and runs JavaScript for it: at 25,000 hits a second that took a sixth of the processor time.
 */
import { createRequire } from 'node:module';
import { collectDefaultMetrics, type Registry } from 'prom-client';

const costly = ['gc'];
/** The library's default. */
const options = { eventLoopMonitoringPrecision: 10 };

export function processMetrics(registry: Registry): void {
  // The library can only be asked for all of them at once. Each lies in a file with its name.
  const load = createRequire(import.meta.url);
  for (const name of collectDefaultMetrics.metricsList)
    if (!costly.includes(name)) (load(`prom-client/lib/metrics/${name}.js`) as Install)(registry, options);
}

type Install = (registry: Registry, given: typeof options) => void;
