/**
 * The proxy for https calls, by the variables that all programs share. They are never an error, since they may be set
 * for other programs on the machine: a proxy that cannot be used is named at the start.
 */
import type { Variables } from './environment.js';

export interface ProxyConfig {
  /** `http://` or `https://`, with credentials if the proxy needs some. */
  readonly url: string;
  /** Hosts that are called directly: `*`, or names and addresses, each with a port or without. */
  readonly except: readonly string[];
}

/** @returns null without a proxy. */
export function proxyConfig(variables: Variables, warnings: string[]): ProxyConfig | null {
  // The lower case comes first, as in curl.
  const of = (name: string) => variables[name.toLowerCase()] || variables[name] || '';
  const text = of('HTTPS_PROXY').trim();
  if (text === '') return null;
  const url = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    warnings.push('HTTPS_PROXY is ignored: it must be an http:// or https:// URL of a proxy');
    return null;
  }
  return {
    url,
    except: of('NO_PROXY')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  };
}

/**
 * Whether a call goes through the proxy. An exception `example.com` or `.example.com` is for the host and for all names
 * below it, as in curl.
 */
export function isProxied({ protocol, hostname, port }: URL, { except }: ProxyConfig): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return (
    protocol === 'https:' &&
    !except.some((exception) => {
      const [, bracketed, plain, only] = /^(?:\[([^\]]*)\]|(.*?))(?::(\d+))?$/.exec(exception) ?? [];
      const name = isAddress(exception) ? exception : (bracketed ?? plain ?? '').replace(/^\*?\./, '');
      if (only !== undefined && !isAddress(exception) && only !== (port || '443')) return false;
      return name === '*' || host === name || host.endsWith(`.${name}`);
    })
  );
}

/** An IPv6 address without brackets, whose last part is no port. */
function isAddress(text: string): boolean {
  return (text.match(/:/g)?.length ?? 0) > 1 && !text.startsWith('[');
}
