/** The formats of settings about the network around the service: proxies that are trusted, origins of web pages. */
import { isIP } from 'node:net';
import type { Format } from './formats.js';

/** Parses to `address/bits`. An address alone is one address. */
export const addressRanges: Format<readonly string[]> = {
  allowed: 'addresses and CIDRs such as 10.0.0.0/8,192.0.2.7',
  parse: (text) => {
    const ranges = text.split(',').map((part) => readRange(part.trim()));
    return ranges.includes(undefined) ? undefined : (ranges as string[]);
  },
};

function readRange(text: string): string | undefined {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  if (version === 0 || address.includes('%') || Number(bits ?? 0) > most) return undefined;
  return `${address}/${bits ?? most}`;
}

/** A URL of public keys. Whoever can change them on the way can sign tokens, so plain http is for this machine only. */
export const keysUrl: Format<string> = {
  allowed: 'an https:// URL (http:// for a loopback address), without credentials or fragment',
  parse: (text) => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, hostname, username, password, hash } = new URL(text);
    const isSafe =
      protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname));
    return isSafe && username === '' && password === '' && hash === '' ? text : undefined;
  },
};

/** Parses to origins as browsers send them. Never `*`, which would let any page use a key that it finds. */
export const webOrigins: Format<readonly string[]> = {
  allowed: 'origins such as https://app.example,http://localhost:5173, without a path, and never *',
  parse: (text) => {
    const origins = text.split(',').map((part) => part.trim());
    const isOrigin = (origin: string) => URL.canParse(origin) && new URL(origin).origin === origin;
    return origins.every((origin) => /^https?:[^*]+$/.test(origin) && isOrigin(origin)) ? origins : undefined;
  },
};
