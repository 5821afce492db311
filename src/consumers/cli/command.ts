/**
 * The command `npm run consumer`: adds, rotates, revokes, lists and checks consumers in the text of their file. Reads the
 * command line; the entry in src/consumer.ts reads and writes the file.
 */
import { hash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { scopes as allScopes, type Scope } from '../consumer.js';
import { BrokenConsumersFile, faultsAmong, readConsumersFile } from '../consumers-file.js';
import { newKey } from '../issued-key.js';
import type { SealingKey } from '../sealed-secret.js';
import { EditRefused } from './edit-refused.js';
import { addConsumer, addKey, addSdkKey, resealed, revoke } from './edit.js';
import { issueSdkKey } from './sdk-keys.js';
import { iso } from '../../time/iso.js';

export const usage = `npm run consumer -- COMMAND, on the file that CONSUMERS_FILE names

  add NAME [--scope read,export] [--namespace team-a,shared-*] [--expires 2027-01-31]
                                                          a new consumer with a key, which is shown once
  rotate NAME [--expires DATE] [--old-until DATE]         a further key; the former keys end, after 7 days by default
  revoke NAME [--key ID]                                  removes the consumer, or one key (an access key by its name)
  reseal                                                  seals the secret keys anew under the first FACE_MASTER_KEY
  list                                                    the consumers with the ids and ends of their keys
  check                                                   the faults of the file; exit code 1 with faults

  --sdk      add and rotate give an access key for official SDKs instead; needs FACE_MASTER_KEY
  --json     prints the result as JSON
  --stdout   prints the new file and leaves the old one alone; the key goes to standard error
`;

export interface Outcome {
  /** The new content of the file; undefined when it stays. */
  file?: string;
  /** What the operator must see, such as a new key. */
  shown: string;
  toStdout: boolean;
  exitCode: 0 | 1;
}

const oldKeysStayMs = 7 * 86_400_000;

/**
 * @param text the content of the file.
 * @param now wall time in ms.
 * @param sealingKeys seal the secret keys of official clients; the first one seals new ones.
 * @throws EditRefused, or an error of the command line.
 */
export function run(
  args: readonly string[],
  text: string,
  now: number,
  sealingKeys: readonly SealingKey[] = [],
): Outcome {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scope: { type: 'string', multiple: true },
      namespace: { type: 'string', multiple: true },
      expires: { type: 'string' },
      'old-until': { type: 'string' },
      key: { type: 'string' },
      sdk: { type: 'boolean' },
      json: { type: 'boolean' },
      stdout: { type: 'boolean' },
    },
  });
  const [command, id, ...rest] = positionals;
  if (rest.length > 0) throw new EditRefused('There are too many arguments: see --help');
  const outcome = { toStdout: values.stdout ?? false, exitCode: 0 } as const;
  const isJson = values.json ?? false;
  if (command === 'list') return { ...outcome, shown: isJson ? json(listed(text)) : table(listed(text)) };
  if (command === 'check') {
    const faults = faultsOf(text);
    const shown = isJson ? json({ faults }) : lines(faults.length > 0 ? faults : ['The file is good.']);
    return { ...outcome, shown, exitCode: faults.length > 0 ? 1 : 0 };
  }
  if (command === 'reseal') {
    const { file, count } = resealed(text, sealingKeys);
    return { ...outcome, file, shown: isJson ? json({ count }) : lines([`Sealed anew: ${count}`]) };
  }
  if (id === undefined) throw new EditRefused('The name of the consumer is missing: see --help');
  if (command === 'revoke') {
    const file = revoke(text, id, values.key);
    return { ...outcome, file, shown: isJson ? json({ id }) : lines([`Revoked: ${values.key ?? id}`]) };
  }
  if (command !== 'add' && command !== 'rotate')
    throw new EditRefused(`There is no command ${command ?? ''}: see --help`);
  const isNew = command === 'add';
  const may = { scopes: readScopes(values.scope), namespaces: words(values.namespace) };
  if (values.sdk) {
    if ((values.expires ?? values['old-until']) !== undefined)
      throw new EditRefused('An access key has no end: revoke it, in place of --expires and --old-until');
    const { ak, sk, entry } = issueSdkKey(id, sealingKeys);
    const file = isNew ? addConsumer(text, id, may, { sdk: [entry] }) : addSdkKey(text, id, entry);
    refuseNewFaults(text, file);
    const told = [
      `The access key of ${id}; the secret key is shown only now:`,
      '',
      `  AK ${ak}`,
      `  SK ${sk}`,
    ];
    return { ...outcome, file, shown: isJson ? json({ id, key: null, ak, sk }) : lines(told) };
  }
  const key = newKey();
  const entry = {
    sha256: hash('sha256', key),
    ...(values.expires === undefined ? {} : { expires: values.expires }),
  };
  const file = isNew
    ? addConsumer(text, id, may, { keys: [entry] })
    : addKey(text, id, entry, values['old-until'] ?? dayOf(now + oldKeysStayMs));
  refuseNewFaults(text, file);
  const shown = isJson
    ? json({ id, key, ak: null, sk: null })
    : lines([`The key of ${id}, which is shown only now:`, '', `  ${key}`]);
  return { ...outcome, file, shown };
}

function readScopes(given: readonly string[] = ['read']): Scope[] {
  return words(given).map((word) => {
    const scope = allScopes.find((each) => each === word);
    if (!scope) throw new EditRefused(`--scope must be words of ${allScopes.join(', ')}`);
    return scope;
  });
}

/** An option can be given several times, with several words each time. */
function words(given: readonly string[]): string[];
function words(given: readonly string[] | undefined): string[] | undefined;
function words(given: readonly string[] | undefined): string[] | undefined {
  return given?.flatMap((each) => each.split(','));
}

function refuseNewFaults(before: string, after: string): void {
  const known = faultsOf(before);
  const added = faultsOf(after).filter((fault) => !known.includes(fault));
  if (added.length > 0) throw new EditRefused(added.join('\n'));
}

function read(text: string) {
  return readConsumersFile(text, { ids: new Set(), hashes: new Set() });
}

function faultsOf(text: string): string[] {
  try {
    return faultsAmong(read(text));
  } catch (error) {
    if (error instanceof BrokenConsumersFile) return [error.message];
    throw error;
  }
}

function listed(text: string): {
  id: string | null;
  scopes: readonly string[];
  namespaces: readonly string[] | null;
  keys: object[];
  accessKeys: string[];
}[] {
  return read(text).map(({ id, entry }) => ({
    id,
    scopes: entry?.scopes ?? [],
    namespaces: entry?.namespaces ?? null,
    keys: (entry?.keys ?? []).map(({ sha256, expiresAt }) => ({
      id: sha256.slice(0, 8),
      expiresAt: iso(expiresAt),
    })),
    accessKeys: (entry?.sdk ?? []).map(({ ak }) => ak),
  }));
}

function table(consumers: ReturnType<typeof listed>): string {
  return lines(
    consumers.map(({ id, scopes, namespaces, keys, accessKeys }) => {
      const told = (keys as { id: string; expiresAt: string | null }[]).map(
        (key) => key.id + (key.expiresAt === null ? '' : ` until ${key.expiresAt}`),
      );
      const bounds = namespaces === null ? '' : `\tonly ${namespaces.join(' ') || 'no namespace'}`;
      return `${id ?? '(no id)'}\t${scopes.join(' ')}${bounds}\t${[...told, ...accessKeys].join(', ')}`;
    }),
  );
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function json(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
