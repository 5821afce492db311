/**
 * Loads OpenTelemetry's SDK and sends the spans of tracing.ts. Only the start of the service uses this file, and only when
 * the settings ask for traces: the SDK needs 20 MiB of memory. Sampler, batches, addresses and headers come from the
 * OTEL_* variables, which the SDK reads itself.
 */
import { trace } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import { traceWith } from './tracing.js';

interface Settings {
  exporter: 'otlp' | 'console';
  protocol: 'http/protobuf' | 'http/json';
  /** Of this service, for whoever looks at traces of many programs. */
  release: string;
  instance: string | undefined;
}

/** @returns what sends the last spans and ends the sending. */
export async function startTracing(
  settings: Settings,
  exporter?: SpanExporter,
): Promise<() => Promise<void>> {
  const { BatchSpanProcessor, NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
  const { W3CTraceContextPropagator } = await import('@opentelemetry/core');
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } =
    await import('@opentelemetry/resources');
  const { release, instance } = settings;
  const own = resourceFromAttributes({
    'service.name': 'hss-bff',
    'service.version': release,
    ...(instance === undefined ? {} : { 'service.instance.id': instance }),
  });
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
  const processor = new BatchSpanProcessor(exporter ?? (await exporterOf(settings)));
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] });
  // Baggage and tracestate of other formats would carry texts of consumers to HSS.
  provider.register({ propagator: new W3CTraceContextPropagator() });
  traceWith(trace.getTracer('hss-bff', release));
  return async () => {
    traceWith(undefined);
    await provider.shutdown().catch(() => undefined);
  };
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
