/**
 * The formats of settings. Each format names the allowed values and parses text into a value. Used by the table in
 * settings.ts.
 */
import { isIP } from 'node:net';

export interface Format<out T> {
  /** Completes the sentence "NAME must be …". */
  readonly allowed: string;
  /** `undefined` when the text is not in this format. */
  readonly parse: (text: string) => T | undefined;
  /** Describes a malformed secret, for formats that can say more than its length. */
  readonly describe?: (text: string) => string;
}

export interface Rate {
  readonly limit: number;
  readonly windowMs: number;
}

const msPerUnit: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const bytesPerUnit: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

export function integer(min: number, max: number): Format<number> {
  return { allowed: `a whole number from ${min} to ${max}`, parse: quantity({ '': 1 }, min, max) };
}

/** A duration in milliseconds. The bounds use the form that an operator writes. */
export function duration(min: string, max: string): Format<number> {
  return {
    allowed: `a duration such as 250ms, 10s, 5m, 1h or 7d, from ${min} to ${max}`,
    parse: between(msPerUnit, min, max),
  };
}

/** A size in bytes. */
export function size(min: string, max: string): Format<number> {
  return {
    allowed: `a size such as 512KiB, 256MiB, 1GiB or plain bytes, from ${min} to ${max}`,
    parse: between(bytesPerUnit, min, max),
  };
}

/** No rate allows more calls in its window. */
export const mostCalls = 1_000_000;
const rateLimit = integer(1, mostCalls);
const rateWindow = duration('100ms', '1d');

export const rate: Format<Rate> = {
  allowed: 'a rate such as 5/60s: at least 1 call, in a window from 100ms to 1d',
  parse: (text) => {
    const [limit = '', window = '', ...rest] = text.split('/');
    const parsed = { limit: rateLimit.parse(limit), windowMs: rateWindow.parse(window) };
    if (parsed.limit === undefined || parsed.windowMs === undefined || rest.length > 0) return undefined;
    return { limit: parsed.limit, windowMs: parsed.windowMs };
  },
};

export function oneOf<const Word extends string>(...words: Word[]): Format<Word> {
  return { allowed: `one of ${words.join(', ')}`, parse: (text) => words.find((word) => word === text) };
}

export const flag: Format<boolean> = {
  allowed: 'true or false',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
};

export function matching(pattern: RegExp, allowed: string): Format<string> {
  return { allowed, parse: (text) => (pattern.test(text) ? text : undefined) };
}

/** For keys and tokens, which travel in headers: a stray newline or space would only show as a refused call. */
export const headerSafe = matching(/^[\x21-\x7e]+$/, 'printable ASCII without spaces');
export const anyText = matching(/^[^]+$/, 'text');
export const plainText = matching(/^\P{C}{1,256}$/u, '1 to 256 characters without control characters');
export const identifier = matching(/^[\w-]{1,256}$/, '1 to 256 letters, digits, - and _');

export function isHost(text: string): boolean {
  return (
    isIP(text) !== 0 ||
    /^(?=.{1,253}$)[a-z\d_]([a-z\d_-]*[a-z\d])?(\.[a-z\d_]([a-z\d_-]*[a-z\d])?)*\.?$/i.test(text)
  );
}

export const host: Format<string> = {
  allowed: 'a host name or an IP address',
  parse: (text) => (isHost(text) ? text : undefined),
};

/** Parses to texts `host` and `host:port`, in lower case. */
export const registryHosts: Format<readonly string[]> = {
  allowed:
    'host,host2:port such as harbor.example,registry.example:5000, without https:// and without a path',
  parse: (text) => {
    const hosts = text.split(',').map((host) => host.trim().toLowerCase());
    return hosts.every(isHostWithPort) ? [...new Set(hosts)] : undefined;
  },
};

function isHostWithPort(text: string): boolean {
  const [, bracketed, name = '', port = '443'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return isHost(bracketed ?? name) && Number(port) <= 65_535;
}

/** Parses to one or two keys. */
export const masterKeys: Format<readonly string[]> = {
  allowed: 'one key of 32 or more visible ASCII characters, or two with a comma between them',
  parse: (text) => {
    const keys = text.split(',');
    return keys.length <= 2 && keys.every((key) => /^[!-+\--~]{32,512}$/.test(key)) ? keys : undefined;
  },
};

/** Parses to a URL without a trailing slash, so that paths can be appended. */
export const endpoint: Format<string> = {
  allowed: 'an http:// or https:// URL without credentials, query or fragment',
  parse: (text) => {
    if (!/^https?:\/\/[^/@?#\s\\][^@?#\s\\]*$/.test(text) || !URL.canParse(text)) return undefined;
    return new URL(text).href.replace(/\/+$/, '');
  },
};

/** Parses to `''` or `/a/b`. Refuses dot segments, because clients would resolve them. */
export const basePath: Format<string> = {
  allowed: 'a path such as /images-api, of letters, digits, - . _ and ~',
  parse: (text) => {
    const path = text.replace(/\/$/, '');
    return /^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/.test(path) ? path : undefined;
  },
};

export const certificates = matching(/-----BEGIN CERTIFICATE-----/, 'a file of PEM certificates');

function between(units: Readonly<Record<string, number>>, min: string, max: string) {
  const unbounded = quantity(units, 0, Number.MAX_SAFE_INTEGER);
  return quantity(units, unbounded(min) ?? NaN, unbounded(max) ?? NaN);
}

function quantity(units: Readonly<Record<string, number>>, min: number, max: number) {
  return (text: string): number | undefined => {
    const [, count, unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
    const value = Object.hasOwn(units, unit) ? Number(count) * (units[unit] ?? NaN) : NaN;
    return value >= min && value <= max ? value : undefined;
  };
}
