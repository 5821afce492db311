/**
 * Changes the text of a consumers file, and keeps the comments and the order that people gave it. Pure: the caller reads
 * and writes. Each change takes the hash of a key, never the key.
 */
import { isMap, isSeq, parseDocument, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Scope } from '../consumer.js';
import { readExpiry } from '../expiry.js';
import type { SealingKey } from '../sealed-secret.js';
import { EditRefused } from './edit-refused.js';
import { reseal } from './sdk-keys.js';

export const emptyFile = 'consumers: []\n';

/**
 * @param may what the consumer may do. Without namespaces: see images of all namespaces.
 * @param credentials the entry's first key: `keys`, or `sdk` for official clients.
 */
export function addConsumer(
  text: string,
  id: string,
  { scopes, namespaces }: { scopes: readonly Scope[]; namespaces?: readonly string[] | undefined },
  credentials: { keys: object[] } | { sdk: object[] },
): string {
  const { document, consumers } = open(text);
  if (find(consumers, id))
    throw new EditRefused(`There is a consumer ${id} already: rotate gives it a new key`);
  // An empty list is written as [], and stays on one line unless it is told otherwise.
  if (consumers.items.length === 0 && !isJson(text)) consumers.flow = false;
  consumers.add(document.createNode({ id, ...credentials, scopes, ...(namespaces && { namespaces }) }));
  return write(document, text);
}

/** Adds a key. The former keys end on `lastDay`, unless they end earlier. */
export function addKey(text: string, id: string, key: object, lastDay: string): string {
  const { document, consumers } = open(text);
  const consumer = existing(consumers, id);
  const keys = consumer.get('keys');
  for (const former of isSeq(keys) ? keys.items : []) {
    if (!isMap(former)) continue;
    const end = readExpiry(former.get('expires')) ?? Infinity;
    if (end > (readExpiry(lastDay) ?? 0)) former.set('expires', lastDay);
  }
  append(document, consumer, 'keys', key);
  return write(document, text);
}

/** Adds an access key for official clients. The former ones stay until they are revoked: they have no end. */
export function addSdkKey(text: string, id: string, key: object): string {
  const { document, consumers } = open(text);
  append(document, existing(consumers, id), 'sdk', key);
  return write(document, text);
}

/** Seals all secret keys anew under the first master key. */
export function resealed(text: string, keys: readonly SealingKey[]): { file: string; count: number } {
  const { document, consumers } = open(text);
  const count = reseal(
    consumers.items.filter((item) => isMap(item)),
    keys,
  );
  return { file: write(document, text), count };
}

/** Removes one key, or the whole consumer. @param keyId 8 or more digits of the key's hash, or an access key. */
export function revoke(text: string, id: string, keyId: string | undefined): string {
  const { document, consumers } = open(text);
  const consumer = existing(consumers, id);
  if (keyId === undefined) {
    consumers.items.splice(consumers.items.indexOf(consumer), 1);
    return write(document, text);
  }
  for (const name of ['keys', 'sdk']) {
    const keys = consumer.get(name);
    const at = isSeq(keys) ? keys.items.findIndex((key) => isMap(key) && isKey(key, keyId)) : -1;
    if (!isSeq(keys) || at < 0) continue;
    keys.items.splice(at, 1);
    return write(document, text);
  }
  throw new EditRefused(`The consumer ${id} has no key ${keyId}`);
}

function isKey(key: YAMLMap, keyId: string): boolean {
  const sha256 = key.get('sha256');
  if (typeof sha256 === 'string')
    return keyId.length >= 8 && sha256.toLowerCase().startsWith(keyId.toLowerCase());
  return key.get('ak') === keyId;
}

function open(text: string): { document: Document.Parsed; consumers: YAMLSeq } {
  const document = parseDocument(text, { schema: 'failsafe', logLevel: 'silent' });
  const consumers = document.errors.length > 0 ? undefined : document.get('consumers');
  if (!isSeq(consumers)) throw new EditRefused('The file is no consumers file: see check');
  return { document, consumers };
}

function find(consumers: YAMLSeq, id: string): YAMLMap | undefined {
  return consumers.items.filter((item) => isMap(item)).find((item) => item.get('id') === id);
}

function existing(consumers: YAMLSeq, id: string): YAMLMap {
  const consumer = find(consumers, id);
  if (!consumer) throw new EditRefused(`There is no consumer ${id}`);
  return consumer;
}

function append(document: Document.Parsed, consumer: YAMLMap, name: 'keys' | 'sdk', key: object): void {
  const keys = consumer.get(name);
  if (isSeq(keys)) keys.add(document.createNode(key));
  else consumer.set(name, document.createNode([key]));
}

function isJson(text: string): boolean {
  return text.trimStart().startsWith('{');
}

function write(document: Document.Parsed, text: string): string {
  const quoted = isJson(text) ? ({ defaultStringType: 'QUOTE_DOUBLE' } as const) : {};
  return document.toString({ lineWidth: 0, ...quoted });
}
