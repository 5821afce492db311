import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { proxyConfig } from '../../../src/config/proxy.js';
import { NotSent } from '../../../src/hss/errors.js';
import { Transport } from '../../../src/hss/transport.js';
import { selfSigned } from '../../support/certificate.js';
import { realProcess } from '../../support/real-process.js';
import { TestClock } from '../../support/test-clock.js';
import { openTunnelProxy, type TunnelProxy } from '../../support/tunnel-proxy.js';

const { certificate, key } = selfSigned();

describe('the transport by https', () => {
  const closing: { close: () => unknown }[] = [];
  let hssPort: number;
  let heard: number;

  async function open(server: Server): Promise<number> {
    closing.push({ close: () => server.close().closeAllConnections() });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  }

  beforeEach(async () => {
    heard = 0;
    const hss = createHttps({ cert: certificate, key }, (_request, response) => response.end('1'));
    hss.on('connection', () => (heard += 1));
    hss.on('tlsClientError', () => undefined);
    hssPort = await open(hss);
  });

  afterEach(() => {
    for (const each of closing.splice(0)) each.close();
  });

  async function openProxy(status = 200): Promise<TunnelProxy> {
    const proxy = await openTunnelProxy(hssPort, status);
    closing.push(proxy);
    return proxy;
  }

  async function failure(proxyUrl?: string, noProxy = ''): Promise<Error> {
    const proxy = proxyConfig({ HTTPS_PROXY: proxyUrl, NO_PROXY: noProxy }, []);
    const transport = new Transport(TestClock.still(), undefined, proxy);
    const url = new URL(`https://localhost:${hssPort}/v5`);
    const request = { to: 'HSS', method: 'GET', url, headers: {}, timeoutMs: 10_000 } as const;
    try {
      return await transport.send(request).then(
        () => new Error('it did not fail'),
        (error: unknown) => error as Error,
      );
    } finally {
      transport.close();
    }
  }

  it('verifies the certificate, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    realProcess.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const error = await failure();
      expect(error).toBeInstanceOf(NotSent);
      expect(error.message).toMatch(/^The certificate of HSS is not trusted \(\w+SELF_SIGNED/);
    } finally {
      delete realProcess.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  it('makes a tunnel through the proxy, and verifies the certificate at its end', async () => {
    const { url, asked } = await openProxy();
    const error = await failure(url);
    expect(error.message).toMatch(/^The certificate of HSS is not trusted/);
    expect(heard).toBe(1);
    expect(asked.map((request) => request.url)).toEqual([`localhost:${hssPort}`]);
    expect(asked[0]!.headers['proxy-authorization']).toBe(
      `Basic ${Buffer.from('me:secret').toString('base64')}`,
    );
  });

  it.each([401, 403, 407, 502])('does not take a %i of the proxy for an answer of HSS', async (status) => {
    const { url } = await openProxy(status);
    const error = await failure(url);
    expect(error).toBeInstanceOf(NotSent);
    expect(error.message).toBe('HSS could not be reached');
    expect(heard).toBe(0);
  });

  it('calls the hosts of NO_PROXY directly', async () => {
    const { url, asked } = await openProxy();
    await failure(url, 'localhost');
    expect([heard, asked.length]).toEqual([1, 0]);
  });
});
