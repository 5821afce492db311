import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { Socket } from 'node:net';
import { limitConnectTime } from '../../../src/hss/connect-timeout.js';
import { TestClock } from '../../support/test-clock.js';
import { startUpstream } from '../../support/upstream-server.js';

/** An agent whose SYN packets are swallowed: its sockets never connect. */
class SilentAgent extends Agent {
  readonly made: Socket[] = [];

  override createConnection(): Socket {
    const socket = new Socket();
    this.made.push(socket);
    return socket;
  }
}

describe('the time limit for connecting', () => {
  it('ends an unanswered attempt exactly at the limit', async () => {
    const clock = new TestClock();
    const agent = new SilentAgent();
    limitConnectTime(agent, 3_000, clock);
    const failing = request({ agent, host: '127.0.0.1' });
    const failed = once(failing, 'error').catch((error: unknown) => [error]);
    failing.end();
    expect(agent.made).toHaveLength(1);
    clock.advance(2_900);
    expect(agent.made[0]?.destroyed).toBe(false);
    clock.advance(100);
    expect(await failed).toEqual([expect.objectContaining({ message: 'connect timeout' })]);
    expect(agent.made[0]?.destroyed).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not apply once the connection is established', async () => {
    const clock = new TestClock();
    const agent = new Agent();
    limitConnectTime(agent, 3_000, clock);
    const upstream = await startUpstream((_request, response) => {
      clock.advance(60_000);
      response.end('late');
    });
    const answered = request(upstream.url, { agent });
    answered.end();
    const [response] = await once(answered, 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
    await once(response, 'end');
    expect(clock.pendingTimers).toBe(0);
    agent.destroy();
    await upstream.close();
  });
});
