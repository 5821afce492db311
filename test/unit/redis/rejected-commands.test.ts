import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { refusalOf, RejectedCommands } from '../../../src/redis/rejected-commands.js';
import { TestClock } from '../../support/test-clock.js';
import { until } from '../../support/until.js';

describe('the code of a refusal', () => {
  it.each([
    ['OOM', "OOM command not allowed when used memory > 'maxmemory'."],
    ['OOM', "OOM command not allowed when used memory > 'maxmemory'. script: 1f, on @user_script:2."],
    ['OOM', 'ERR Error running script (call to f_1f): @user_script:2: -OOM command not allowed'],
    ['READONLY', "READONLY You can't write against a read only replica."],
    ['LOADING', 'LOADING Redis is loading the dataset in memory'],
    ['MASTERDOWN', "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."],
    ['CLUSTERDOWN', 'CLUSTERDOWN Hash slot not served'],
    ['CLUSTERDOWN', 'Too many Cluster redirections. Last error: ReplyError: CLUSTERDOWN The cluster is down'],
    ['NOAUTH', 'NOAUTH Authentication required.'],
    ['WRONGPASS', 'WRONGPASS invalid username-password pair or user is disabled.'],
    ['NOPERM', "NOPERM this user has no permissions to run the 'eval' command"],
    ['NOPERM', "ERR The user executing the script can't run this command or subcommand script: 1f"],
    ['NOPERM', "NOPERM ACL failure in script: User app has no permissions to run the 'hset' command"],
    [undefined, 'WRONGTYPE Operation against a key holding the wrong kind of value'],
    [undefined, "ERR unknown command 'LOADING'"],
    [undefined, 'Connection is closed.'],
  ])('is %s: %s', (refusal, message) => {
    expect(refusalOf(new Error(message))).toBe(refusal);
  });
});

describe('rejected commands', () => {
  const watches: RejectedCommands[] = [];

  // A watch tries again for as long as Redis refuses a command.
  afterEach(() => {
    for (const one of watches.splice(0)) one.stop();
  });

  function watch() {
    const clock = TestClock.still();
    const lines: { refusal: string; refused?: number; level: number }[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    let answer: Error | undefined;
    const written: (string | undefined)[] = [];
    let reconnects = 0;
    const watched = new RejectedCommands(
      (key) => {
        written.push(key);
        return answer ? Promise.reject(answer) : Promise.resolve();
      },
      () => (reconnects += 1),
      'test',
      clock,
      log,
    );
    watches.push(watched);
    const refuse = (refusal: string, ...args: string[]) => {
      answer = Object.assign(new Error(`${refusal} no`), { command: { name: 'eval', args } });
      watched.note(refusal, answer);
    };
    const logged = () =>
      lines.map(({ refusal, refused }) => (refused === undefined ? refusal : [refusal, refused]));
    return {
      clock,
      watched,
      refuse,
      accept: () => (answer = undefined),
      logged,
      written,
      reconnects: () => reconnects,
    };
  }

  it('log each kind when it begins and, with the number, when it ends', async () => {
    const { clock, refuse, accept, logged, written } = watch();
    for (let request = 0; request < 50; request += 1) {
      refuse('OOM', 'script', '1', 'test:{a}:b');
      refuse('LOADING');
    }
    clock.advance(1_000);
    await until(() => written.length === 2);
    expect(logged()).toEqual(['OOM', 'LOADING']);
    expect(written).toEqual(['test:{a}:b', undefined]);
    await until(() => clock.pendingTimers === 1);
    accept();
    clock.advance(1_000);
    await until(() => logged().length === 4);
    expect(logged().slice(2)).toEqual([
      ['OOM', 50],
      ['LOADING', 50],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('make a new connection for READONLY until a write succeeds', async () => {
    const { clock, refuse, reconnects, written } = watch();
    for (let request = 0; request < 50; request += 1) refuse('READONLY');
    expect(reconnects()).toBe(1);
    clock.advance(1_000);
    await until(() => reconnects() === 2);
    expect(written).toHaveLength(1);
  });

  it('keep NOPERM until the next connection', async () => {
    const { clock, watched, refuse, accept, logged, written } = watch();
    refuse('NOPERM');
    accept();
    clock.advance(1_000);
    await until(() => clock.pendingTimers === 1);
    expect(written).toEqual([]);
    watched.connected();
    expect(logged()).toEqual(['NOPERM', ['NOPERM', 1]]);
  });

  it('leave no timer after a stop', () => {
    const { clock, watched, refuse } = watch();
    refuse('OOM');
    watched.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
