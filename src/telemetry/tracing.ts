/**
 * Spans of one request's way, by OpenTelemetry's API. The SDK is loaded by start-tracing.ts, only when the settings ask
 * for traces; without it no span is made. A span holds words of the code and numbers: never a URL, a query, a statement,
 * a value of a path or the text of an error.
 */
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';

let tracer: Tracer | undefined;

/** Called once, before the service is made. */
export function traceWith(given: Tracer | undefined): void {
  tracer = given;
}

export function isTracing(): boolean {
  return tracer !== undefined;
}

/**
 * Does the work in a span of the trace under way. Work in the background belongs to no trace and gets no span.
 * @param work gets the span, for what is known only at the end; undefined without a trace.
 */
export function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span?: Span) => Promise<T>,
  kind = SpanKind.INTERNAL,
): Promise<T> {
  if (!tracer || !trace.getActiveSpan()) return work();
  return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failed(span, error instanceof Error ? error.name : 'unknown');
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A call that leaves this process. */
export function inClientSpan<T>(name: string, attributes: Attributes, work: (span?: Span) => Promise<T>) {
  return inSpan(name, attributes, work, SpanKind.CLIENT);
}

/** The headers by which the other side continues the trace under way (W3C trace context); none without a trace. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  if (tracer) propagation.inject(context.active(), headers);
  return headers;
}

/** The trace under way, for a log line. */
export function traceFields(): { traceId?: string; spanId?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { traceId: span.traceId, spanId: span.spanId } : {};
}

/** The span of a request that has come in, and the context for the work on it. */
export interface RequestSpan {
  readonly traceId: string;
  /** Runs the work, and all that follows from it, in the trace of the request. */
  run(work: () => void): void;
  /** @param endTime wall time in ms; by default the present. */
  end(route: string | null, status: number, endTime?: number): void;
}

/**
 * @param headers of the request, which may continue a trace of the consumer.
 * @param startTime wall time in ms at which the request came; by default the present.
 * @returns undefined when no traces are made.
 */
export function requestSpan(method: string, headers: object, startTime?: number): RequestSpan | undefined {
  if (!tracer) return undefined;
  const parent: Context = propagation.extract(ROOT_CONTEXT, headers);
  const attributes = { 'http.request.method': method };
  const timed = startTime === undefined ? {} : { startTime };
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes, ...timed }, parent);
  const { traceId } = span.spanContext();
  return {
    traceId,
    run: (work) => context.with(trace.setSpan(parent, span), work),
    end(route, status, endTime) {
      if (route !== null) span.updateName(`${method} ${route}`).setAttribute('http.route', route);
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) failed(span, String(status));
      span.end(endTime);
    },
  };
}

function failed(span: Span, type: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', type);
}
