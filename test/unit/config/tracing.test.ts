import { describe, expect, it } from '@jest/globals';
import { read } from './read.js';

const traces = (variables: Record<string, string>) => {
  const { tracing, warnings } = read(variables);
  return { tracing, warnings };
};

describe('the variables of OpenTelemetry', () => {
  it.each([
    ['none of them', {}, null],
    ['an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, 'http/protobuf'],
    ['an exporter', { OTEL_TRACES_EXPORTER: 'otlp' }, 'http/protobuf'],
    ['a protocol', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'http/json'],
    ['only other variables', { OTEL_SERVICE_NAME: 'images', OTEL_TRACES_SAMPLER: 'always_on' }, null],
    ['an exporter `none`', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' }, null],
    ['the switch', { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' }, null],
  ])('ask for traces or not: %s', (_what, variables, protocol) => {
    expect(traces(variables)).toEqual({
      tracing: protocol === null ? null : { exporter: 'otlp', protocol, propagates: true },
      warnings: [],
    });
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /OTEL_TRACES_EXPORTER is ignored/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /OTEL_EXPORTER_OTLP_ENDPOINT must be an http/],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_EXPORTER: 'otlp' }, /sends http\/protobuf/],
    [{ OTEL_METRICS_EXPORTER: 'otlp' }, /OTEL_METRICS_EXPORTER has no effect/],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c' }, /METRICS_ENDPOINT has no effect/],
    [{ OTEL_PROPAGATORS: 'tracecontext,b3' }, /tracecontext and nothing else/],
  ])('are never an error, and %j is warned of', (variables: Record<string, string>, warning) => {
    expect(traces(variables).warnings).toEqual([expect.stringMatching(warning)]);
  });
});
