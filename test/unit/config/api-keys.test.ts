import { describe, expect, it } from '@jest/globals';
import { problems, read } from './read.js';

const key = (letter: string) => letter.repeat(16);

describe('API keys', () => {
  it('come from both lists with their roles', () => {
    const both = { API_KEYS: `ci=${key('a')},web=${key('b')}`, ADMIN_API_KEYS: `root=${key('c')}` };
    expect(read(both).apiKeys).toEqual([
      { name: 'ci', key: key('a'), role: 'read' },
      { name: 'web', key: key('b'), role: 'read' },
      { name: 'root', key: key('c'), role: 'admin' },
    ]);
  });

  it('must have each name and each key only once in both lists', () => {
    expect(
      problems({ API_KEYS: `a=${key('a')},b=${key('b')}`, ADMIN_API_KEYS: `a=${key('c')},d=${key('b')}` }),
    ).toEqual([
      'API_KEYS entry 1 and ADMIN_API_KEYS entry 1 have the same name: each must be given once',
      'API_KEYS entry 2 and ADMIN_API_KEYS entry 2 have the same key: each must be given once',
    ]);
  });

  it('appear in messages only by position and length when malformed', () => {
    const [message, ...others] = problems({
      API_KEYS: `ok=${key('a')},short=hunter2,hunter3,,b d=${key('b')}`,
    });
    expect(others).toEqual([]);
    expect(message).toMatch(
      /; given: entry 2 has a key of 7 .*, entry 3 is not name=key, entry 4 is not name=key, entry 5 has a name of 3 /,
    );
    expect(message).not.toMatch(/hunter|short|aaaa|bbbb/);
  });

  it('are not shown when key and name are swapped', () => {
    expect(problems({ API_KEYS: 'hunter2hunter2hunter2=ci' }).join()).not.toMatch(/hunter/);
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])(
    'may be left out on the loopback address %s',
    (host) => expect(read({ LISTEN_HOST: host }).listen.host).toBe(host),
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', 'localhost.example.com', '127.1'])(
    'are needed when listening on %s, in the demo too',
    (host) => {
      expect(problems({ LISTEN_HOST: host })[0]).toMatch(
        /^API_KEYS is missing: LISTEN_HOST .*or ADMIN_API_KEYS/,
      );
      expect(read({ LISTEN_HOST: host, ADMIN_API_KEYS: `a=${key('a')}` }).listen.host).toBe(host);
    },
  );

  it('are reported as malformed, not as missing', () => {
    expect(problems({ LISTEN_HOST: '0.0.0.0', API_KEYS: 'x' })).toHaveLength(1);
  });
});
