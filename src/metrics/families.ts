/**
 * Families of metrics whose values are read when Prometheus asks. The work counts in plain numbers, so a request never
 * pays for a library's book-keeping.
 */
import { Counter, Gauge, type Metric, type Registry } from 'prom-client';
import type { Tally } from '../telemetry/tally.js';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/** A value that is not known has no sample. */
export function known(labels: Labels, value: number | null): Sample[] {
  return value === null ? [] : [[labels, value]];
}

export function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

type Read<T> = () => Iterable<T> | Promise<Iterable<T>>;

export class Families {
  constructor(private readonly registry: Registry) {}

  /** @param name ends with `_total`. */
  counter(name: string, help: string, labelNames: readonly string[], read: Read<Sample>): void {
    new Counter({
      ...{ name: `${prefix}${name}`, help, labelNames: [...labelNames], registers: [this.registry] },
      async collect() {
        const samples = await read();
        this.reset();
        for (const [labels, value] of samples) this.inc(labels, value);
      },
    });
  }

  /** @param name ends with its unit: `_seconds`, `_bytes`. */
  gauge(name: string, help: string, labelNames: readonly string[], read: Read<Sample>): void {
    new Gauge({
      ...{ name: `${prefix}${name}`, help, labelNames: [...labelNames], registers: [this.registry] },
      async collect() {
        const samples = await read();
        this.reset();
        for (const [labels, value] of samples) this.set(labels, value);
        // The library shows a gauge without labels as 0 also when nothing is known.
        if (labelNames.length === 0 && [...samples].length === 0) this.remove();
      },
    });
  }

  histogram(name: string, help: string, read: Read<readonly [Labels, Tally]>): void {
    const family = {
      name: `${prefix}${name}`,
      help,
      type: 'histogram',
      aggregator: 'sum',
      get: async () => ({ ...family, values: [...(await read())].flatMap((one) => lines(family.name, one)) }),
    };
    // The registry asks a metric for nothing but these fields; the library's own histogram cannot take over counts.
    this.registry.registerMetric(family as unknown as Metric);
  }
}

const prefix = 'hss_bff_';

/** The buckets of Prometheus hold all values up to their bounds. */
function lines(name: string, [labels, { bounds, counts, sum, count }]: readonly [Labels, Tally]) {
  let upTo = 0;
  const buckets = counts.map((inBucket, at) => {
    upTo += inBucket;
    const le = bounds[at] === undefined ? '+Inf' : String(bounds[at]);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: upTo };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
