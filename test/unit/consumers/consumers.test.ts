import { beforeEach, describe, expect, it } from '@jest/globals';
import { newConsumer } from '../../../src/consumers/consumer.js';
import { Consumers } from '../../../src/consumers/consumers.js';
import { BrokenConsumersFile } from '../../../src/consumers/consumers-file.js';
import { entry, fileOf, sha256 } from '../../support/consumers.js';

/** Of the right form. The tests do not open it. */
const sealed = `e8fbbd7c.${'x'.repeat(60)}`;

describe('the consumers', () => {
  let consumers: Consumers;
  const who = (key: string, now = 0) => consumers.byKeyHash(sha256(key), now)?.consumer.id;
  const scopesOf = (key: string) => [...(consumers.byKeyHash(sha256(key), 0)?.consumer.scopes ?? [])];

  beforeEach(() => {
    consumers = new Consumers([{ key: 'given', consumer: newConsumer('reader', ['read']) }]);
  });

  it('are found by their keys, with the id of the key', () => {
    consumers.apply(fileOf(entry('a', { key: 'one', scopes: ['read'] })));
    expect([who('given'), who('one'), who('two'), who('')]).toEqual(['reader', 'a', undefined, undefined]);
    expect(consumers.byKeyHash(sha256('one'), 0)?.keyId).toBe(sha256('one').slice(0, 8));
  });

  it('are refused from the end of their key on', () => {
    const keys = [{ sha256: sha256('old'), expires: '2027-01-31' }, { sha256: sha256('new') }];
    consumers.apply(fileOf(entry('a', { keys, scopes: [] })));
    const end = Date.UTC(2027, 1, 1);
    expect([who('old', end - 1), who('old', end), who('new', end)]).toEqual(['a', undefined, 'a']);
  });

  it('keep the last good state of a bad entry, while other entries change', () => {
    consumers.apply(
      fileOf(entry('a', { key: 'one', scopes: ['read'] }), entry('b', { key: 'two', scopes: ['read'] })),
    );
    const faults = consumers.apply(
      fileOf(entry('a', { key: 'one', scopes: ['rite'] }), entry('b', { key: 'two', scopes: ['export'] })),
    );
    expect(faults).toEqual([expect.stringMatching(/^consumer 1 \(a\): scopes must/)]);
    expect([scopesOf('one'), scopesOf('two')]).toEqual([['read'], ['export']]);
  });

  it('refuse a removed key and subject of a bad entry', () => {
    const keys = [{ sha256: sha256('one') }, { sha256: sha256('two') }];
    consumers.apply(fileOf(entry('a', { keys, jwt: ['s', 't'], scopes: ['read'] })));
    consumers.apply(fileOf(entry('a', { key: 'two', jwt: ['t'], scopes: ['rite'] })));
    expect([who('one'), who('two')]).toEqual([undefined, 'a']);
    expect([consumers.bySubject('s'), consumers.bySubject('t')?.id]).toEqual([undefined, 'a']);
    // A key that comes back in a bad entry stays refused: nobody has approved of it.
    consumers.apply(fileOf(entry('a', { keys, scopes: ['rite'] })));
    expect(who('one')).toBeUndefined();
  });

  it('know a bad entry without a usable id by its key', () => {
    consumers.apply(fileOf(entry('a', { key: 'one', scopes: ['read'] })));
    consumers.apply(fileOf(entry('a b', { key: 'one', scopes: ['read'] })));
    expect(who('one')).toBe('a');
  });

  it('know a bad entry without a usable id by its subject or access key', () => {
    const sdk = [{ ak: 'HBFF00000001', sealed }];
    consumers.apply(
      fileOf(entry('a', { jwt: ['s'], scopes: ['read'] }), entry('b', { sdk, scopes: ['hss'] })),
    );
    consumers.apply(
      fileOf(entry('a a', { jwt: ['s'], scopes: ['read'] }), entry('b b', { sdk, scopes: ['hss'] })),
    );
    expect(consumers.bySubject('s')?.id).toBe('a');
    expect(consumers.byAccessKey('HBFF00000001')?.consumer.id).toBe('b');
  });

  it('give what a bad entry had to the good entry that has it now', () => {
    const all = { key: 'one', jwt: ['s'], sdk: [{ ak: 'HBFF00000001', sealed }] };
    consumers.apply(fileOf(entry('a', { ...all, scopes: ['admin'] })));
    consumers.apply(fileOf(entry('b', { ...all, scopes: ['read'] }), entry('a', { scopes: ['rite'] })));
    expect([who('one'), consumers.bySubject('s')?.id]).toEqual(['b', 'b']);
    expect(consumers.byAccessKey('HBFF00000001')?.consumer.id).toBe('b');
  });

  it('forget an entry that is gone', () => {
    consumers.apply(fileOf(entry('a', { key: 'one', scopes: ['read'] })));
    expect(consumers.apply(fileOf())).toEqual([]);
    expect([who('one'), who('given')]).toEqual([undefined, 'reader']);
  });

  it('stay as they were when the file is broken', () => {
    consumers.apply(fileOf(entry('a', { key: 'one', scopes: ['read'] })));
    expect(() => consumers.apply('consumers: [')).toThrow(BrokenConsumersFile);
    expect(who('one')).toBe('a');
  });

  it('keep the last good state of two entries that take one id', () => {
    consumers.apply(fileOf(entry('a', { key: 'one', scopes: ['read'] })));
    consumers.apply(
      fileOf(entry('a', { key: 'one', scopes: ['export'] }), entry('a', { key: 'two', scopes: ['admin'] })),
    );
    expect([scopesOf('one'), who('two')]).toEqual([['read'], undefined]);
  });
});
