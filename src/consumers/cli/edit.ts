/**
 * Changes the text of a consumers file, and keeps the comments and the order that people gave it. Pure: the caller reads
 * and writes. Each change takes the hash of a key, never the key.
 */
import { isMap, isSeq, parseDocument, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Scope } from '../consumer.js';

/** The command cannot be carried out. The message is for the operator. */
export class EditRefused extends Error {}

export const emptyFile = 'consumers: []\n';

export function addConsumer(text: string, id: string, scopes: readonly Scope[], key: object): string {
  const { document, consumers } = open(text);
  if (find(consumers, id))
    throw new EditRefused(`There is a consumer ${id} already: rotate gives it a new key`);
  // An empty list is written as [], and stays on one line unless it is told otherwise.
  if (consumers.items.length === 0 && !isJson(text)) consumers.flow = false;
  consumers.add(document.createNode({ id, keys: [key], scopes }));
  return write(document, text);
}

/** Adds a key. The former keys end on `lastDay`, unless they end earlier. */
export function addKey(text: string, id: string, key: object, lastDay: string): string {
  const { document, consumers } = open(text);
  const consumer = existing(consumers, id);
  const keys = keysOf(consumer);
  for (const former of keys?.items ?? []) {
    if (!isMap(former)) continue;
    const end = former.get('expires');
    if (typeof end !== 'string' || end > lastDay) former.set('expires', lastDay);
  }
  if (keys) keys.add(document.createNode(key));
  else consumer.set('keys', document.createNode([key]));
  return write(document, text);
}

/** Removes one key, or the whole consumer. @param keyId the first digits of the key's hash. */
export function revoke(text: string, id: string, keyId: string | undefined): string {
  const { document, consumers } = open(text);
  const consumer = existing(consumers, id);
  if (keyId === undefined) {
    consumers.items.splice(consumers.items.indexOf(consumer), 1);
    return write(document, text);
  }
  const keys = keysOf(consumer);
  const at = keys?.items.findIndex((key) => {
    const sha256 = isMap(key) ? key.get('sha256') : undefined;
    return typeof sha256 === 'string' && sha256.toLowerCase().startsWith(keyId.toLowerCase());
  });
  if (!keys || at === undefined || at < 0) throw new EditRefused(`The consumer ${id} has no key ${keyId}`);
  keys.items.splice(at, 1);
  return write(document, text);
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

function keysOf(consumer: YAMLMap): YAMLSeq | undefined {
  const keys = consumer.get('keys');
  return isSeq(keys) ? keys : undefined;
}

function isJson(text: string): boolean {
  return text.trimStart().startsWith('{');
}

function write(document: Document.Parsed, text: string): string {
  const quoted = isJson(text) ? ({ defaultStringType: 'QUOTE_DOUBLE' } as const) : {};
  return document.toString({ lineWidth: 0, ...quoted });
}
