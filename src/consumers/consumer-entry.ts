/**
 * Reads one entry of the consumers file, strictly: an unknown field or word makes the entry bad. Every scalar comes as
 * text. A fault names the field and never shows a value, because the value can be a key that was pasted by mistake.
 */
import { integer, rate as rateFormat, type Format } from '../config/formats.js';
import { isNamespacePattern, namespaceForm } from '../domain/namespaces.js';
import { scopes, type ConsumerRate, type Scope } from './consumer.js';
import { readExpiry } from './expiry.js';

export interface KeyEntry {
  /** Lower-case hex of the SHA-256 of the key's UTF-8 bytes. */
  readonly sha256: string;
  /** Wall time in ms from which the key is refused. Null: never. */
  readonly expiresAt: number | null;
}

/** An access key for official SDKs. */
export interface SdkKeyEntry {
  readonly ak: string;
  /** The secret key, sealed for this consumer and this access key. */
  readonly sealed: string;
}

export interface ConsumerEntry {
  readonly id: string;
  readonly keys: readonly KeyEntry[];
  /** Values of the claim `sub` of JWTs that act as this consumer. */
  readonly jwt: readonly string[];
  readonly sdk: readonly SdkKeyEntry[];
  readonly scopes: readonly Scope[];
  /** Patterns of namespaces. Undefined: all namespaces. */
  readonly namespaces: readonly string[] | undefined;
  readonly rate: ConsumerRate;
}

export interface EntryReading {
  /** Null when the entry has no usable id. */
  readonly id: string | null;
  /** Null for a bad entry. */
  readonly entry: ConsumerEntry | null;
  readonly faults: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

const idForm = /^[A-Za-z0-9._-]{1,64}$/;
const sha256Form = /^[0-9a-f]{64}$/i;
const subjectForm = /^\P{C}{1,256}$/u;
const allowedFields = ['id', 'keys', 'jwt', 'scopes', 'namespaces', 'rate', 'sdk'];
/** Scopes that are about everything, so that no namespace bounds them. */
const unboundScopes: readonly Scope[] = ['admin', 'hss'];
/** Signatures cannot hold a comma, a blank or a semicolon in an access key. */
const accessKeyForm = /^[A-Za-z0-9_-]{8,128}$/;
const sealedForm = /^[0-9a-f]{8}\.[A-Za-z0-9_-]{40,1024}$/;
const concurrentFormat = integer(1, 1_000_000);

export function readEntry(raw: unknown): EntryReading {
  if (!isFields(raw)) return { id: null, entry: null, faults: ['must have fields'] };
  const faults = unknownFields(raw, allowedFields);
  const id = typeof raw['id'] === 'string' && idForm.test(raw['id']) ? raw['id'] : null;
  if (id === null) faults.push('id must be 1 to 64 of A-Z a-z 0-9 . _ -');
  if (raw['scopes'] === undefined) faults.push('scopes is missing');
  const granted = readList(raw, 'scopes', `words of ${scopes.join(', ')}`, readScope, faults);
  const keys = readList(raw, 'keys', '{ sha256: 64 hex digits, expires: a date or a time }', readKey, faults);
  const jwt = readList(raw, 'jwt', 'values of the claim sub', readSubject, faults);
  const sdk = readList(raw, 'sdk', '{ ak: an access key, sealed: as issued }', readSdkKey, faults);
  const namespaces =
    raw['namespaces'] === undefined
      ? undefined
      : readList(raw, 'namespaces', namespaceForm, readNamespace, faults);
  if (namespaces)
    for (const scope of unboundScopes)
      if (granted.includes(scope)) faults.push(`namespaces must not come with the scope ${scope}`);
  const rate = readRate(raw['rate'], faults);
  const isGood = id !== null && faults.length === 0;
  return { id, entry: isGood ? { id, keys, jwt, sdk, scopes: granted, namespaces, rate } : null, faults };
}

function readList<T>(
  raw: Fields,
  field: string,
  allowed: string,
  read: (item: unknown) => T | undefined,
  faults: string[],
): T[] {
  const given = raw[field];
  if (given === undefined) return [];
  const items = Array.isArray(given) ? given.map(read) : [undefined];
  if (!items.includes(undefined)) return items as T[];
  faults.push(`${field} must be a list of ${allowed}`);
  return [];
}

function readScope(item: unknown): Scope | undefined {
  return scopes.find((scope) => scope === item);
}

function readNamespace(item: unknown): string | undefined {
  return typeof item === 'string' && isNamespacePattern(item) ? item : undefined;
}

function readSubject(item: unknown): string | undefined {
  return typeof item === 'string' && subjectForm.test(item) ? item : undefined;
}

function readKey(item: unknown): KeyEntry | undefined {
  if (!isFields(item) || unknownFields(item, ['sha256', 'expires']).length > 0) return undefined;
  const { sha256, expires } = item;
  if (typeof sha256 !== 'string' || !sha256Form.test(sha256)) return undefined;
  const expiresAt = expires === undefined ? null : readExpiry(expires);
  return expiresAt === undefined ? undefined : { sha256: sha256.toLowerCase(), expiresAt };
}

function readSdkKey(item: unknown): SdkKeyEntry | undefined {
  if (!isFields(item) || unknownFields(item, ['ak', 'sealed']).length > 0) return undefined;
  const { ak, sealed } = item;
  if (typeof ak !== 'string' || !accessKeyForm.test(ak)) return undefined;
  return typeof sealed === 'string' && sealedForm.test(sealed) ? { ak, sealed } : undefined;
}

function readRate(raw: unknown, faults: string[]): ConsumerRate {
  if (raw === undefined) return {};
  if (!isFields(raw)) {
    faults.push('rate must have fields');
    return {};
  }
  faults.push(...unknownFields(raw, ['requests', 'concurrent', 'upstream'], 'rate.'));
  const read = <T>(field: string, { parse, allowed }: Format<T>): T | undefined => {
    const text = raw[field];
    if (text === undefined) return undefined;
    const value = typeof text === 'string' ? parse(text) : undefined;
    if (value === undefined) faults.push(`rate.${field} must be ${allowed}`);
    return value;
  };
  return {
    requests: read('requests', rateFormat),
    concurrent: read('concurrent', concurrentFormat),
    upstream: read('upstream', rateFormat),
  };
}

function unknownFields(raw: Fields, known: readonly string[], prefix = ''): string[] {
  const unknown = Object.keys(raw).filter((name) => !known.includes(name));
  return unknown.map((name) => `${prefix}${JSON.stringify(name.slice(0, 32))} is not a field`);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
