import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { watchStrayErrors } from '../../../src/telemetry/stray-errors.js';

function setUp() {
  const process = new EventEmitter();
  const lines: { level: number; strays: number; err: { message: string } }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[0]) });
  const ends = { count: 0 };
  watchStrayErrors(process, log, () => (ends.count += 1));
  return { process, lines, ends };
}

describe('an error that no code has caught', () => {
  it('is logged and counted, and does not end the process, when a promise rejects', () => {
    const { process, lines, ends } = setUp();
    process.emit('unhandledRejection', new Error('first'));
    process.emit('unhandledRejection', new Error('second'));
    expect(lines).toMatchObject([
      { level: 50, strays: 1, err: { message: 'first' } },
      { level: 50, strays: 2, err: { message: 'second' } },
    ]);
    expect(ends.count).toBe(0);
  });

  it.each(['ECONNRESET', 'EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'DEPTH_ZERO_SELF_SIGNED_CERT'])(
    'does not end the process when a connection broke: %s',
    (code) => {
      const { process, lines, ends } = setUp();
      process.emit('uncaughtException', Object.assign(new Error('broke'), { code }));
      expect(lines).toMatchObject([{ level: 50, strays: 1, err: { message: 'broke' } }]);
      expect(ends.count).toBe(0);
    },
  );

  it.each([new Error('bug'), Object.assign(new Error('bug'), { code: 'ERR_INVALID_ARG_TYPE' })])(
    'ends the process, with a line in the log, after %s',
    (bug) => {
      const { process, lines, ends } = setUp();
      process.emit('uncaughtException', bug);
      expect(lines).toMatchObject([{ level: 60, strays: 1, err: { message: 'bug' } }]);
      expect(ends.count).toBe(1);
    },
  );
});
