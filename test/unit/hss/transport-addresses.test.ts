import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Socket, type TcpSocketConnectOpts } from 'node:net';
import { proxyConfig } from '../../../src/config/proxy.js';
import { Transport } from '../../../src/hss/transport.js';
import { TestClock } from '../../support/test-clock.js';
import { refusingPort } from '../../support/unused-port.js';

describe('an address of a name with several addresses', () => {
  let connects: TcpSocketConnectOpts[];

  beforeEach(() => {
    connects = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with `this`
    const { connect } = Socket.prototype;
    jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
      // Node's own modules call `connect` with the arguments or with a list of them.
      connects.push(args.flat()[0] as TcpSocketConnectOpts);
      return Reflect.apply(connect, this, args) as Socket;
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    ['http', 'http', false],
    ['https', 'https', false],
    ['the tunnel of a proxy', 'https', true],
  ])('has a second before the next one is tried, by %s', async (_name, protocol, isProxied) => {
    const port = refusingPort;
    const variables = isProxied ? { HTTPS_PROXY: `http://localhost:${port}` } : {};
    const transport = new Transport(TestClock.still(), undefined, proxyConfig(variables, []));
    const url = new URL(`${protocol}://localhost:${port}/v5`);
    const request = { to: 'HSS', method: 'GET', url, headers: {}, timeoutMs: 10_000 } as const;
    await expect(transport.send(request)).rejects.toThrow('HSS could not be reached');
    transport.close();
    const given = connects.map(({ host, autoSelectFamilyAttemptTimeout: ms }) => [host, ms]);
    expect(given).toEqual([['localhost', 1_000]]);
  });
});
