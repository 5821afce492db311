/**
 * The settings in force as lines of an .env file, for `--print-config`. Shows no secret: neither of a setting, nor of
 * a variable that other programs share, such as a proxy's password or a header for the collector of traces.
 */
import type { Config } from './config.js';
import { readEnvironment, type ReadFile, type Variables } from './environment.js';
import { settingNames, settings, type Setting, type SettingName } from './settings.js';

/** Variables of OpenTelemetry whose values are words, numbers and names. All others are masked. */
const plainOtel = /^OTEL_(SDK_DISABLED|SERVICE_NAME|PROPAGATORS|LOG_LEVEL|TRACES_\w+|BSP_\w+|SPAN_\w+)$/;
const otelUrls = /^OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT$/;
const proxyNames = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
const hidden = '***';

/** @param config what the variables mean. @returns `# NAME is not set` for a setting that has no value. */
export function shownSettings(variables: Variables, readFile: ReadFile, config: Config): string[] {
  const { values, given } = readEnvironment(variables, readFile);
  const defaults = dependentDefaults(config);
  const lines = settingNames.map((name) => {
    const setting: Setting = settings[name];
    const source = given.get(name);
    if (source === undefined) {
      const text = defaults[name] ?? setting.default;
      return text === undefined ? `# ${name} is not set` : line(name, text);
    }
    const text = variables[source] ?? '';
    if (!setting.secret) return line(name, text);
    const shown = setting.masked?.(values[name] as never) ?? hidden;
    return line(name, shown) + (source === name ? '' : `  # from ${source}`);
  });
  return [...lines, ...sharedVariables(variables)];
}

/** The defaults that depend on other settings, in the form that an operator writes. */
function dependentDefaults(config: Config): Partial<Record<SettingName, string>> {
  const { hss, demo, redis } = config;
  return {
    LOG_LEVEL: config.logLevel,
    SHUTDOWN_DELAY: `${config.shutdownDelayMs / 1000}s`,
    ...(hss && { HSS_ENDPOINT: hss.endpoint, IAM_ENDPOINT: hss.iamEndpoint, HSS_AUTH: hss.auth.kind }),
    // Of a token, the budget and the cache have two names.
    ...(config.budget.user === config.credential.user && { HSS_USER: config.budget.user }),
    ...(demo && { HSS_ENTERPRISE_PROJECT_ID: demo.enterpriseProjectId }),
    ...(redis && { REDIS_TLS: String(redis.tls !== null) }),
  };
}

/** The variables beside the settings that change what the service does. */
function sharedVariables(variables: Variables): string[] {
  const isShared = (name: string) =>
    name === 'NODE_ENV' || proxyNames.includes(name) || name.startsWith('OTEL_');
  return Object.keys(variables)
    .filter((name) => isShared(name) && variables[name] !== '' && variables[name] !== undefined)
    .sort()
    .map((name) => line(name, shownShared(name, variables[name] ?? '')));
}

function shownShared(name: string, text: string): string {
  if (otelUrls.test(name) || /^https_proxy$/i.test(name)) return maskedUrl(text);
  return name.startsWith('OTEL_') && !plainOtel.test(name) ? hidden : text;
}

/** Only scheme, host and port: user, path and query can hold a token. */
function maskedUrl(text: string): string {
  const address = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(address)) return hidden;
  const { protocol, username, password, host, pathname, search } = new URL(address);
  const credentials = username === '' && password === '' ? '' : `${hidden}@`;
  return `${protocol}//${credentials}${host}${pathname.length > 1 || search !== '' ? `/${hidden}` : ''}`;
}

/** Values with spaces or signs stand in quotes, so that the lines can be used again. */
function line(name: string, text: string): string {
  return `${name}=${/^[\w./:@,*+-]*$/.test(text) ? text : JSON.stringify(text)}`;
}
