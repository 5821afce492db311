/**
 * Parses variables into settings: reads the files of secrets, checks the names and collects the problems. Used by
 * config.ts. Rules between several settings live in config.ts, hss.ts and redis.ts.
 */
import { nearMiss } from './near-miss.js';
import { settingNames, settings, type Setting, type SettingName, type SettingValues } from './settings.js';

export type Variables = Readonly<Record<string, string | undefined>>;
export type ReadFile = (path: string) => string;

export interface Environment {
  /** A malformed setting has its default value here, or no value. `problems` names the fault. */
  readonly values: SettingValues;
  /** The given settings, well-formed or malformed, with the variable that was used (`HSS_TOKEN_FILE`). */
  readonly given: ReadonlyMap<SettingName, string>;
  /** One line for each problem. Later checks add their own lines. */
  readonly problems: string[];
}

export function readEnvironment(variables: Variables, readFile: ReadFile): Environment {
  const values: Record<string, unknown> = {};
  const given = new Map<SettingName, string>();
  const problems = unknownNames(variables);

  for (const name of settingNames) {
    const setting: Setting = settings[name];
    if (setting.default !== undefined) values[name] = setting.format.parse(setting.default);

    const used = [name, ...(setting.secret ? [`${name}_FILE`] : [])].filter(
      (key) => isSet(variables[key]) && !isServiceLink(key, variables[key]),
    );
    const [key] = used;
    if (key === undefined) continue;
    given.set(name, key);
    if (used.length > 1) {
      problems.push(`${used.join(' and ')} are both set: keep one of them`);
      continue;
    }

    const text = textOf(key, key !== name || setting.file === true);
    if (text === undefined) continue;
    const fault = setting.secret ? secretFault(text) : undefined;
    if (fault !== undefined) {
      problems.push(`${key} ${fault}`);
      continue;
    }
    const value = setting.format.parse(text);
    if (value === undefined) problems.push(malformed(key, setting, text));
    else values[name] = value;
  }
  // Each value was parsed by the format of its own setting, so the types fit.
  return { values: values as unknown as SettingValues, given, problems };

  function textOf(key: string, isPath: boolean): string | undefined {
    const text = variables[key] ?? '';
    if (!isPath) return text;
    try {
      // Editors and `echo` add these: no secret begins with a byte order mark or ends with a line end.
      const content = readFile(text)
        .replace(/^\uFEFF/, '')
        .replace(/[\r\n]+$/, '');
      if (content !== '') return content;
      problems.push(`${key} must name a file with content; ${JSON.stringify(text)} is empty`);
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      problems.push(`${key} must name a readable file; given: ${JSON.stringify(text)} (${reason})`);
    }
    return undefined;
  }
}

/** A secret in a wrong form would be sent as it is, and refusals lock accounts. Never shows a part of the secret. */
function secretFault(text: string): string | undefined {
  const at = text.search(/\p{Cc}/u);
  if (at !== -1) return `must not contain control characters; character ${at + 1} of ${text.length} is one`;
  if (text.includes('\uFFFD')) return 'must be in UTF-8';
  if (/^(["'`]).*\1$/s.test(text) && text.length > 1)
    return 'must not stand in quotes: they would be part of the secret';
  return undefined;
}

/** An empty variable counts as not set, because `NAME: ${NAME:-}` in a compose file sets an empty variable. */
function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Kubernetes sets `METRICS_PORT=tcp://…` in each pod when the namespace has a service with the name `metrics`. */
function isServiceLink(key: string, text = ''): boolean {
  return key.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text);
}

function unknownNames(variables: Variables): string[] {
  const readable = settingNames.flatMap((name) =>
    'secret' in settings[name] ? [name, `${name}_FILE`] : [name],
  );
  const known = new Set<string>(readable);
  return Object.keys(variables)
    .filter((name) => isSet(variables[name]) && !known.has(name))
    .flatMap((name) => {
      const direct = name.replace(/_FILE$/, '');
      if (known.has(direct)) return [`${name} is not a setting: ${direct} is not a secret, set it directly`];
      const meant = nearMiss(name, readable);
      return meant === undefined ? [] : [`${name} is not a setting; did you mean ${meant}?`];
    });
}

function malformed(key: string, { format, secret, file }: Setting, text: string): string {
  const hidden = secret ?? file ?? false;
  const what = format.describe?.(text) ?? (hidden ? `a value of ${text.length} characters` : shown(text));
  return `${key} must be ${format.allowed}; given: ${what}`;
}

/** Shortens a value, and hides possible passwords in the user part or the query of a URL. */
function shown(text: string): string {
  const masked = text.replace(/^[^]*@/, '***@').replace(/[?#][^]*$/, '?***');
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 80)}…` : masked);
}
