/**
 * The command `npm run consumer`: adds, rotates, revokes, lists and checks consumers in the text of their file. The
 * entry in src/consumer.ts reads and writes the file.
 */
import { hash } from 'node:crypto';
import { BrokenConsumersFile, faultsAmong, readConsumersFile } from '../consumers-file.js';
import { newKey } from '../issued-key.js';
import type { SealingKey } from '../sealed-secret.js';
import { findUnopened, type SealedSecret } from '../sealed-secrets.js';
import { readCommandLine, type CommandLine } from './command-line.js';
import { EditRefused } from './edit-refused.js';
import { addConsumer, addKey, addSdkKey, emptyFile, resealed, revoke } from './edit.js';
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
 * @param known the content of the file; undefined when there is none.
 * @param now wall time in ms.
 * @param sealingKeys seal the secret keys of official clients; the first one seals new ones.
 * @throws EditRefused, or an error of the command line.
 */
export function run(
  args: readonly string[],
  known: string | undefined,
  now: number,
  sealingKeys: readonly SealingKey[] = [],
): Outcome {
  const line = readCommandLine(args, now);
  const { command, id, isJson, toStdout } = line;
  // Other commands would say of a mistyped path that the file is good, or has no such consumer.
  if (known === undefined && command !== 'add') throw new EditRefused('CONSUMERS_FILE names no file');
  const text = known ?? emptyFile;
  const outcome = { toStdout, exitCode: 0 } as const;
  if (command === 'list') return { ...outcome, shown: isJson ? json(listed(text)) : table(listed(text)) };
  if (command === 'check') return check(text, sealingKeys, line);
  if (command === 'reseal') {
    const { file, count } = resealed(text, sealingKeys);
    return { ...outcome, file, shown: isJson ? json({ count }) : lines([`Sealed anew: ${count}`]) };
  }
  if (command === 'revoke') {
    const file = revoke(text, id, line.key);
    return { ...outcome, file, shown: isJson ? json({ id }) : lines([`Revoked: ${line.key ?? id}`]) };
  }
  const isNew = command === 'add';
  if (line.isSdk) {
    const { ak, sk, entry } = issueSdkKey(id, sealingKeys);
    const file = isNew ? addConsumer(text, id, line, { sdk: [entry] }) : addSdkKey(text, id, entry);
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
    ...(line.expires === undefined ? {} : { expires: line.expires }),
  };
  const file = isNew
    ? addConsumer(text, id, line, { keys: [entry] })
    : addKey(text, id, entry, line.oldUntil ?? dayOf(now + oldKeysStayMs));
  refuseNewFaults(text, file);
  const shown = isJson
    ? json({ id, key, ak: null, sk: null })
    : lines([`The key of ${id}, which is shown only now:`, '', `  ${key}`]);
  return { ...outcome, file, shown };
}

/** Without a master key nothing is known of the secret keys, and the outcome says so. */
function check(text: string, sealingKeys: readonly SealingKey[], { isJson, toStdout }: CommandLine): Outcome {
  const faults = faultsOf(text);
  const secrets = faults.length > 0 ? [] : secretsOf(text);
  const isTried = sealingKeys.length > 0;
  const unopened = isTried ? findUnopened(secrets, sealingKeys) : null;
  const sealed = (unopened?.names ?? []).map(
    (name) => `FACE_MASTER_KEY does not open the secret key of ${name}`,
  );
  const all = [...faults, ...sealed];
  const untried =
    isTried || secrets.length === 0
      ? []
      : [`Secret keys that were not tried, since FACE_MASTER_KEY is not set: ${secrets.length}`];
  const told = all.length > 0 ? all : ['The file is good.', ...untried];
  return { shown: isJson ? json({ faults: all }) : lines(told), toStdout, exitCode: all.length > 0 ? 1 : 0 };
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

function secretsOf(text: string): SealedSecret[] {
  return read(text).flatMap(({ entry }) =>
    (entry?.sdk ?? []).map(({ ak, sealed }) => ({ consumer: entry?.id ?? '', accessKey: ak, sealed })),
  );
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
