/**
 * The formats of Redis addresses: a URL, or a list of hosts with ports. The URL is parsed into its parts at once, so no
 * URL with a password reaches other code.
 */
import { isHost, type Format } from './formats.js';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress extends HostPort {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
}

export const redisUrl: Format<RedisAddress> = {
  allowed: 'redis:// or rediss://[user:password@]host[:port][/db], without query or fragment',
  parse: (text) => {
    if (!/^rediss?:\/\/[^?#]+$/.test(text) || !URL.canParse(text)) return undefined;
    const url = new URL(text);
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const [, db] = /^\/?(\d{0,4})$/.exec(url.pathname) ?? [];
    const username = decoded(url.username);
    const password = decoded(url.password);
    if (!isHost(host) || db === undefined || username === undefined || password === undefined)
      return undefined;
    if (url.port === '0' || (username !== '' && password === '')) return undefined;
    return {
      host,
      port: Number(url.port || 6379),
      tls: url.protocol === 'rediss:',
      username: username || undefined,
      password: password || undefined,
      db: Number(db),
    };
  },
};

/** The URL with all credentials in it as `***`. */
export function maskedRedisUrl({ tls, username, password, host, port, db }: RedisAddress): string {
  const credentials = username === undefined && password === undefined ? '' : '***@';
  return `redis${tls ? 's' : ''}://${credentials}${host.includes(':') ? `[${host}]` : host}:${port}/${db}`;
}

export const hostPorts: Format<readonly HostPort[]> = {
  allowed: 'a list host:port,host2:port2 (an IPv6 address in brackets)',
  parse: (text) => {
    const list = text.split(',').map(hostPort);
    return list.every((item) => item !== undefined) ? list : undefined;
  },
};

function hostPort(text: string): HostPort | undefined {
  const [, bracketed, plain, port] = /^(?:\[([\d:a-f.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const item = { host: bracketed ?? plain ?? '', port: Number(port) };
  return isHost(item.host) && item.port >= 1 && item.port <= 65535 ? item : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
