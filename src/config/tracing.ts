/**
 * Whether and how traces are sent, by the variables that OpenTelemetry defines for all programs. They are never an
 * error, since a platform may set them for all its programs: a value that has no effect here is named at the start.
 * The SDK reads the other variables itself: names, sampler, limits, addresses, headers.
 */
import type { Variables } from './environment.js';

export interface TracingConfig {
  readonly exporter: 'otlp' | 'console';
  readonly protocol: 'http/protobuf' | 'http/json';
  /** Whether requests and calls of HSS carry the trace context of W3C. */
  readonly propagates: boolean;
}

/** Variables that the SDK honours. A variable that ends with `_` stands for all that begin with it. */
const honoured = [
  'OTEL_SDK_DISABLED',
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_TRACES_EXPORTER',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'OTEL_PROPAGATORS',
  'OTEL_BSP_',
  'OTEL_SPAN_',
  'OTEL_ATTRIBUTE_',
  'OTEL_LINK_',
  'OTEL_EVENT_',
  'OTEL_LOG_LEVEL',
  'OTEL_EXPORTER_OTLP_',
];
/** Set to this value, a variable for something that this service does not do is no surprise. */
const switchedOff = ['OTEL_METRICS_EXPORTER', 'OTEL_LOGS_EXPORTER'];

/** @returns null when no variable asks for traces. */
export function tracingConfig(variables: Variables, warnings: string[]): TracingConfig | null {
  const of = (name: string) => variables[name]?.trim() ?? '';
  warnings.push(...withoutEffect(variables));
  if (of('OTEL_SDK_DISABLED').toLowerCase() === 'true') return null;
  const endpoints = [of('OTEL_EXPORTER_OTLP_ENDPOINT'), of('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')];
  const isOffered = endpoints.some((endpoint) => endpoint !== '');
  // OpenTelemetry's default is `otlp` to this machine. Without any variable nobody has asked for traces.
  const exporter = of('OTEL_TRACES_EXPORTER') || (isOffered ? 'otlp' : 'none');
  if (exporter === 'none') return null;
  if (exporter !== 'otlp' && exporter !== 'console') {
    warnings.push('OTEL_TRACES_EXPORTER is ignored: this service knows otlp, console and none');
    return null;
  }
  const broken = endpoints.findIndex((endpoint) => endpoint !== '' && !isHttpUrl(endpoint));
  if (exporter === 'otlp' && broken >= 0) {
    const name = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'][broken] ?? '';
    warnings.push(`No traces are sent: ${name} must be an http:// or https:// URL`);
    return null;
  }
  const protocol =
    of('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') || of('OTEL_EXPORTER_OTLP_PROTOCOL') || 'http/protobuf';
  const propagates = of('OTEL_PROPAGATORS') !== 'none';
  if (protocol === 'http/protobuf' || protocol === 'http/json') return { exporter, protocol, propagates };
  warnings.push(
    'OTEL_EXPORTER_OTLP_PROTOCOL is ignored: this service knows http/protobuf and http/json, and sends http/protobuf',
  );
  return { exporter, protocol: 'http/protobuf', propagates };
}

function withoutEffect(variables: Variables): string[] {
  const given = Object.keys(variables).filter((name) => name.startsWith('OTEL_') && variables[name]);
  const isHonoured = (name: string) =>
    honoured.some((each) => name === each || (each.endsWith('_') && name.startsWith(each)));
  const isNothing = (name: string) =>
    switchedOff.includes(name) && (variables[name] === 'none' || variables[name] === 'prometheus');
  const names = given.filter(
    (name) => (!isHonoured(name) || /_(METRICS|LOGS)_/.test(name)) && !isNothing(name),
  );
  const propagators = (variables['OTEL_PROPAGATORS'] ?? '').split(',').map((each) => each.trim());
  const isForeign = (each: string) => each !== '' && each !== 'tracecontext' && each !== 'none';
  return [
    ...names.map((name) => `${name} has no effect: this service sends traces only, and serves its metrics`),
    ...(propagators.some(isForeign)
      ? ['OTEL_PROPAGATORS: this service passes on tracecontext and nothing else']
      : []),
  ];
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
