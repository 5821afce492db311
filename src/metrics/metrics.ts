/**
 * All metrics of the service, in one registry. The sources are the parts of the service that count; this room knows them
 * all, and none knows this room. docs/operations.md lists the metrics, and a test compares the list.
 */
import { Registry } from 'prom-client';
import { cacheMetrics, type CacheSources } from './cache-metrics.js';
import { catalogMetrics, type CatalogSources } from './catalog-metrics.js';
import { consumerMetrics, type ConsumerSources } from './consumer-metrics.js';
import { Families } from './families.js';
import { memoryLimits, processMetrics } from './process-metrics.js';
import { requestMetrics, type RequestSources } from './request-metrics.js';
import { upstreamMetrics, type UpstreamSources } from './upstream-metrics.js';

export type MetricsSources = RequestSources &
  CacheSources &
  UpstreamSources &
  CatalogSources &
  ConsumerSources & {
    readonly release: string;
    /** What is wrong now, by part. */
    readonly troubles: () => readonly { part: string }[];
    readonly parts: readonly string[];
  };

export function createMetrics(sources: MetricsSources): Registry {
  const registry = new Registry();
  processMetrics(registry);
  const families = new Families(registry);
  memoryLimits(families);
  requestMetrics(families, sources);
  cacheMetrics(families, sources);
  upstreamMetrics(families, sources);
  catalogMetrics(families, sources);
  consumerMetrics(families, sources);
  const { release, troubles, parts } = sources;
  families.gauge(
    'build_info',
    'The release and the Node version of this instance; always 1',
    ['version', 'node'],
    () => [[{ version: release, node: process.version }, 1]],
  );
  families.gauge(
    'trouble',
    '1 while /health names the part as a reason for degraded, else 0',
    ['part'],
    () => {
      const now = new Set(troubles().map(({ part }) => part));
      return parts.map((part) => [{ part }, now.has(part) ? 1 : 0] as const);
    },
  );
  return registry;
}
