/**
 * From variables to parsed settings: files read, names checked, problems collected. Rules that hold one setting
 * against another live with what they build (config.ts, hss.ts, redis.ts).
 */
import { nearMiss } from './near-miss.js';
import { settingNames, settings, type Setting, type SettingName, type SettingValues } from './settings.js';

export type Variables = Readonly<Record<string, string | undefined>>;
export type ReadFile = (path: string) => string;

export interface Environment {
  /** A malformed setting has its default here, or nothing; its problem is already noted. */
  readonly values: SettingValues;
  /** The settings that were given, well or badly, under the name that was used (`HSS_TOKEN_FILE`). */
  readonly given: ReadonlyMap<SettingName, string>;
  /** One line each; whoever finds one more adds it. */
  readonly problems: string[];
}

export function readEnvironment(variables: Variables, readFile: ReadFile): Environment {
  const values: Record<string, unknown> = {};
  const given = new Map<SettingName, string>();
  const problems = unknownNames(variables);

  for (const name of settingNames) {
    const setting: Setting = settings[name];
    if (setting.default !== undefined) values[name] = setting.format.parse(setting.default);

    const used = [name, ...(setting.secret ? [`${name}_FILE`] : [])].filter((key) => isSet(variables[key]));
    const [key] = used;
    if (key === undefined) continue;
    given.set(name, key);
    if (used.length > 1) {
      problems.push(`${used.join(' and ')} are both set: keep one of them`);
      continue;
    }

    const text = textOf(key, key !== name || setting.file === true);
    if (text === undefined) continue;
    const value = setting.format.parse(text);
    if (value === undefined) problems.push(malformed(key, setting, text));
    else values[name] = value;
  }
  // Each value came from the format under its own name in the table.
  return { values: values as unknown as SettingValues, given, problems };

  function textOf(key: string, isPath: boolean): string | undefined {
    const text = variables[key] ?? '';
    if (!isPath) return text;
    try {
      const content = readFile(text).replace(/\r?\n$/, '');
      if (content !== '') return content;
      problems.push(`${key} must name a file with content; ${JSON.stringify(text)} is empty`);
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      problems.push(`${key} must name a readable file; given: ${JSON.stringify(text)} (${reason})`);
    }
    return undefined;
  }
}

/** An empty variable counts as not set: that is what `NAME: ${NAME:-}` in a compose file leaves behind. */
function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
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

/** Short, and without what may be a password in a URL's user part or query. */
function shown(text: string): string {
  const masked = text.replace(/^[^]*@/, '***@').replace(/[?#][^]*$/, '?***');
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 80)}…` : masked);
}
