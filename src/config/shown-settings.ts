/**
 * The settings in force as lines of an .env file, for `--print-config`. Shows no secret: neither of a setting, nor of
 * a variable that other programs share, such as a proxy's password or a header for the collector of traces.
 */
import { readEnvironment, type ReadFile, type Variables } from './environment.js';
import { settingNames, settings, type Setting } from './settings.js';

/** Variables of OpenTelemetry whose values are words, numbers and names. All others are masked. */
const plainOtel = /^OTEL_(SDK_DISABLED|SERVICE_NAME|PROPAGATORS|LOG_LEVEL|TRACES_\w+|BSP_\w+|SPAN_\w+)$/;
const otelUrls = /^OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT$/;
const proxyNames = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
const hidden = '***';

/** @param variables without faults, since a malformed value is shown as its default. */
export function shownSettings(variables: Variables, readFile: ReadFile): string[] {
  const { values, given } = readEnvironment(variables, readFile);
  const lines = settingNames.map((name) => {
    const setting: Setting = settings[name];
    const source = given.get(name);
    if (source === undefined)
      return setting.default === undefined ? `# ${name} is not set` : line(name, setting.default);
    const text = variables[source] ?? '';
    if (!setting.secret) return line(name, text);
    const shown = setting.masked?.(values[name] as never) ?? hidden;
    return line(name, shown) + (source === name ? '' : `  # from ${source}`);
  });
  return [...lines, ...sharedVariables(variables)];
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
