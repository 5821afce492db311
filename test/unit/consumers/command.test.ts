import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { run } from '../../../src/consumers/cli/command.js';
import { emptyFile } from '../../../src/consumers/cli/edit.js';
import { save } from '../../../src/consumers/cli/save.js';
import { Consumers } from '../../../src/consumers/consumers.js';
import { sha256 } from '../../support/consumers.js';

const now = Date.UTC(2026, 0, 10);
const does = (command: string, text = emptyFile) => run(command.split(' '), text, now);
const keyIn = (shown: string) => /hssbff_\S+/.exec(shown)?.[0] ?? '';
const ownerOf = (text: string, key: string, at = now) => {
  const consumers = new Consumers();
  consumers.apply(text);
  return consumers.byKeyHash(sha256(key), at)?.consumer;
};

describe('the command for consumers', () => {
  it('adds a consumer, whose key works and stands nowhere in the file', () => {
    const { file = '', shown, exitCode } = does('add dashboard --scope read,hosts --scope export');
    const key = keyIn(shown);
    expect(key).toMatch(/^hssbff_[A-Za-z0-9_-]{49}$/);
    expect([...(ownerOf(file, key)?.scopes ?? [])]).toEqual(['read', 'hosts', 'export']);
    expect(file).not.toContain(key.slice(7, 30));
    expect(file).toMatch(/^consumers:\n {2}- id: dashboard\n/);
    expect(exitCode).toBe(0);
  });

  it('bounds a consumer to namespaces', () => {
    const { file = '', shown } = does('add a --namespace team-b,shared-* --namespace harbor-1:team-a');
    expect(ownerOf(file, keyIn(shown))?.view.namespaces?.texts).toEqual([
      'harbor-1:team-a',
      'shared-*',
      'team-b',
    ]);
    expect(does('list', file).shown).toContain('\tonly team-b shared-* harbor-1:team-a\t');
  });

  it('gives another key each time', () => {
    const keys = Array.from({ length: 50 }, () => keyIn(does('add a').shown));
    expect(new Set(keys).size).toBe(50);
  });

  it('prints JSON', () => {
    const { shown, file = '' } = does('add a --json');
    const { id, key } = JSON.parse(shown) as { id: string; key: string };
    expect([id, ownerOf(file, key)?.id]).toEqual(['a', 'a']);
    const sha256 = createHash('sha256').update(key).digest('hex');
    expect(JSON.parse(does('list --json', file).shown)).toEqual([
      {
        id: 'a',
        scopes: ['read'],
        namespaces: null,
        keys: [{ id: sha256.slice(0, 8), expiresAt: null }],
        accessKeys: [],
      },
    ]);
  });

  it('keeps comments and order', () => {
    const text = '# who may call\nconsumers:\n  - id: b # the second\n    scopes: [ read ]\n';
    const { file = '' } = does('add a', text);
    expect(file.startsWith(text)).toBe(true);
  });

  it('keeps JSON as JSON', () => {
    const { file = '', shown } = does('add b', '{ "consumers": [{ "id": "a", "scopes": ["read"] }] }');
    expect((JSON.parse(file) as { consumers: { id: string }[] }).consumers.map(({ id }) => id)).toEqual([
      'a',
      'b',
    ]);
    expect(ownerOf(file, keyIn(shown))?.id).toBe('b');
  });

  it('rotates: both keys work, and the former one ends after seven days', () => {
    const first = does('add a');
    const second = does('rotate a', first.file);
    const [old, fresh] = [keyIn(first.shown), keyIn(second.shown)];
    const end = Date.UTC(2026, 0, 18);
    const owners = (key: string) => [end - 1, end].map((at) => ownerOf(second.file ?? '', key, at)?.id);
    expect([owners(old), owners(fresh)]).toEqual([
      ['a', undefined],
      ['a', 'a'],
    ]);
  });

  it.each([
    ['2026-01-11', Date.UTC(2026, 0, 12)],
    ['2026-01-17T01:00:00Z', Date.UTC(2026, 0, 17, 1)],
    ['2026-01-18T01:00:00+14:00', Date.UTC(2026, 0, 17, 11)],
  ])('does not let a former key live longer than %s by rotating', (expires, end) => {
    const first = does(`add a --expires ${expires}`);
    const { file = '' } = does('rotate a', first.file);
    expect(ownerOf(file, keyIn(first.shown), end)).toBeUndefined();
  });

  it('revokes one key or the consumer', () => {
    const first = does('add a');
    const second = does('rotate a', first.file);
    const id = createHash('sha256').update(keyIn(first.shown)).digest('hex').slice(0, 8);
    const { file = '' } = does(`revoke a --key ${id}`, second.file);
    expect([ownerOf(file, keyIn(first.shown)), ownerOf(file, keyIn(second.shown))?.id]).toEqual([
      undefined,
      'a',
    ]);
    expect(ownerOf(does('revoke a', file).file ?? '', keyIn(second.shown))).toBeUndefined();
  });

  it('revokes no key by the empty text of a variable that is not set', () => {
    const { file } = does('add a');
    expect(() => run(['revoke', 'a', '--key', ''], file ?? '', now)).toThrow('has no key');
  });

  it('checks the file', () => {
    expect(does('check', does('add a').file)).toMatchObject({ exitCode: 0 });
    expect(does('check', 'consumers: [{ id: a }]')).toMatchObject({
      exitCode: 1,
      shown: 'consumer 1 (a): scopes is missing\n',
    });
    expect(does('check', 'consumers: [').exitCode).toBe(1);
  });

  it.each([
    ['add', 'is missing'],
    ['add a b', 'too many'],
    ['add a --scope write', '--scope must be'],
    ['add a --expires never', '--expires must be a day'],
    ['add a/b', 'id must be'],
    ['add a --namespace a*b', 'namespaces must be a list'],
    ['add a --scope admin --namespace a', 'must not come with the scope admin'],
    ['add a --sdk', 'FACE_MASTER_KEY'],
    ['rotate nobody', 'no consumer nobody'],
    ['revoke nobody', 'no consumer nobody'],
    ['reseal', 'FACE_MASTER_KEY'],
    ['add a --color', "Unknown option '--color'"],
  ])('is refused: %s', (command, message) => expect(() => does(command)).toThrow(message));

  it('refuses to add a consumer twice', () =>
    expect(() => does('add a', does('add a').file)).toThrow('There is a consumer a already'));
});

describe('saving', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hss-bff-save-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes a private file, and keeps the mode of a known one', () => {
    const path = join(folder, 'consumers.yaml');
    save(path, 'one');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, 'other'), 'x', { mode: 0o640 });
    save(join(folder, 'other'), 'two');
    expect(statSync(join(folder, 'other')).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(['consumers.yaml', 'other']);
  });

  it('writes through a link', () => {
    const path = join(folder, 'link');
    writeFileSync(join(folder, 'target'), 'one');
    symlinkSync('target', path);
    save(path, 'two');
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('two');
  });
});
