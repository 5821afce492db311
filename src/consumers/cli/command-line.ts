/**
 * Reads the command line of `npm run consumer`, strictly: what a command would ignore is refused, because the operator
 * would believe it to be in force. Pure.
 */
import { parseArgs } from 'node:util';
import { scopes as allScopes, type Scope } from '../consumer.js';
import { readExpiry } from '../expiry.js';
import { EditRefused } from './edit-refused.js';

export interface CommandLine {
  readonly command: Command;
  /** The name of the consumer; '' for a command that takes none. */
  readonly id: string;
  readonly scopes: readonly Scope[];
  readonly namespaces: readonly string[] | undefined;
  /** A day, or a time as RFC 3339, that has not come yet; so is `oldUntil`. */
  readonly expires: string | undefined;
  readonly oldUntil: string | undefined;
  readonly key: string | undefined;
  readonly isSdk: boolean;
  readonly isJson: boolean;
  readonly toStdout: boolean;
}

const options = {
  scope: { type: 'string', multiple: true },
  namespace: { type: 'string', multiple: true },
  expires: { type: 'string' },
  'old-until': { type: 'string' },
  key: { type: 'string' },
  sdk: { type: 'boolean' },
  json: { type: 'boolean' },
  stdout: { type: 'boolean' },
} as const;
type Option = keyof typeof options;

/** What each command takes. All of them take `--json` and `--stdout`. */
const commands = {
  add: { hasName: true, takes: ['scope', 'namespace', 'expires', 'sdk'] },
  rotate: { hasName: true, takes: ['expires', 'old-until', 'sdk'] },
  revoke: { hasName: true, takes: ['key'] },
  reseal: { hasName: false, takes: [] },
  list: { hasName: false, takes: [] },
  check: { hasName: false, takes: [] },
} as const satisfies Record<string, { hasName: boolean; takes: readonly Option[] }>;
export type Command = keyof typeof commands;

/**
 * @param now wall time in ms.
 * @throws EditRefused, or an error of parseArgs for an unknown option or one without its value.
 */
export function readCommandLine(args: readonly string[], now: number): CommandLine {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options,
    tokens: true,
  });
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const [command = '', id = '', ...rest] = positionals;
  if (!isCommand(command)) throw new EditRefused(`There is no command ${command}: see --help`);
  const { hasName, takes } = commands[command];
  if (hasName && id === '') throw new EditRefused('The name of the consumer is missing: see --help');
  if (rest.length > 0 || (!hasName && positionals.length > 1))
    throw new EditRefused('There are too many arguments: see --help');
  refuseIgnored(command, given, [...takes, 'json', 'stdout']);
  if (values.sdk && (values.expires ?? values['old-until']) !== undefined)
    throw new EditRefused('An access key has no end: revoke it, in place of --expires and --old-until');
  return {
    command,
    id,
    scopes: readScopes(values.scope ?? ['read']),
    namespaces: values.namespace && words(values.namespace),
    expires: readEnd('expires', values.expires, now),
    oldUntil: readEnd('old-until', values['old-until'], now),
    key: values.key,
    isSdk: values.sdk ?? false,
    isJson: values.json ?? false,
    toStdout: values.stdout ?? false,
  };
}

function isCommand(word: string): word is Command {
  return Object.hasOwn(commands, word);
}

/** Of an option that is given twice, the first value would be ignored. */
function refuseIgnored(command: Command, given: readonly Option[], taken: readonly Option[]): void {
  for (const name of given) {
    if (!taken.includes(name)) throw new EditRefused(`${command} takes no --${name}: see --help`);
    if (!('multiple' in options[name]) && given.filter((each) => each === name).length > 1)
      throw new EditRefused(`--${name} is given twice`);
  }
}

/** A scope or namespace that is given twice is written once. */
function words(given: readonly string[]): string[] {
  return [...new Set(given.flatMap((each) => each.split(',')))];
}

function readScopes(given: readonly string[]): Scope[] {
  return words(given).map((word) => {
    const scope = allScopes.find((each) => each === word);
    if (!scope) throw new EditRefused(`--scope must be words of ${allScopes.join(', ')}`);
    return scope;
  });
}

function readEnd(option: Option, text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  const end = readExpiry(text);
  if (end === undefined)
    throw new EditRefused(
      `--${option} must be a day of the calendar such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z`,
    );
  if (end > now) return text;
  const instead = option === 'old-until' ? ': revoke ends a key at once' : ', and the key would never work';
  throw new EditRefused(`--${option} is in the past${instead}`);
}
