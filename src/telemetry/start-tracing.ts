/**
 * Loads OpenTelemetry's SDK and sends the spans of tracing.ts. Only the start of the service uses this file, and only when
 * the settings ask for traces: the SDK costs memory and time. Sampler, batches, addresses and headers come from the
 * OTEL_* variables, which the SDK reads itself.
 */
import { readFileSync } from 'node:fs';
import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import { traceWith } from './tracing.js';

interface Settings {
  exporter: 'otlp' | 'console';
  protocol: 'http/protobuf' | 'http/json';
  /** False: traces neither begin with the consumer nor go on at HSS. */
  propagates: boolean;
}

/** The part of a Clock (src/time) that this room needs. */
interface Timer {
  monotonic(): number;
  after(delayMs: number, action: () => void): () => void;
}

export interface Tracing {
  /**
   * Runs `listener` when spans could not be sent, once a minute at most. The SDK's own words are left out, since they
   * can hold an address.
   */
  onFault(listener: () => void): void;
  /** Sends the spans that have ended. */
  flush(): Promise<void>;
  /** Sends the last spans, and waits no longer than 2 s for that. */
  end(): Promise<void>;
}

const tellEveryMs = 60_000;
const lastSpansMs = 2_000;

/**
 * @param instance the name of this instance, if it has one.
 * @param exporter in the place of the configured one.
 */
export async function startTracing(
  settings: Settings,
  instance: string | undefined,
  clock: Timer,
  exporter?: SpanExporter,
): Promise<Tracing> {
  const { BatchSpanProcessor, NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
  const { W3CTraceContextPropagator } = await import('@opentelemetry/core');
  const version = releaseVersion();
  const provider = new NodeTracerProvider({
    resource: await resourceOf(version, instance),
    spanProcessors: [new BatchSpanProcessor(exporter ?? (await exporterOf(settings)))],
  });
  // Baggage would carry texts of consumers to HSS.
  provider.register({ propagator: settings.propagates ? new W3CTraceContextPropagator() : null });
  traceWith(provider.getTracer('hss-bff', version));
  return {
    onFault(listener) {
      let toldAt = -Infinity;
      const error = () => {
        if (clock.monotonic() - toldAt < tellEveryMs) return;
        toldAt = clock.monotonic();
        listener();
      };
      const ignore = () => undefined;
      const logger = { error, warn: ignore, info: ignore, debug: ignore, verbose: ignore };
      diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
    },
    flush: () => provider.forceFlush(),
    async end() {
      traceWith(undefined);
      for (const api of [trace, context, propagation, diag]) api.disable();
      let cancel = () => {};
      const limit = new Promise<void>((resolve) => (cancel = clock.after(lastSpansMs, resolve)));
      await Promise.race([provider.shutdown().catch(() => undefined), limit]).finally(cancel);
    },
  };
}

function releaseVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

/** Who sends the spans. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word. */
async function resourceOf(version: string, instance: string | undefined) {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } =
    await import('@opentelemetry/resources');
  const own = resourceFromAttributes({
    'service.name': 'hss-bff',
    'service.version': version,
    ...(instance === undefined ? {} : { 'service.instance.id': instance }),
  });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
}

async function exporterOf({ exporter, protocol }: Settings): Promise<SpanExporter> {
  if (exporter === 'console') {
    const { ConsoleSpanExporter } = await import('@opentelemetry/sdk-trace-node');
    return new ConsoleSpanExporter();
  }
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}
