import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseReference } from '../../../../src/catalog/lookup/reference.js';

const hex = 'a'.repeat(64);
const digest = `sha256:${hex}`;

describe('a reference', () => {
  it.each([
    [digest, { kind: 'id', id: digest }],
    [hex, { kind: 'id', id: hex }],
    ['f757deea-781e-45ec', { kind: 'id', id: 'f757deea-781e-45ec', name: { name: 'f757deea-781e-45ec' } }],
    ['nightly 42%', { kind: 'id', id: 'nightly 42%', name: { name: 'nightly 42%' } }],
    ['nginx:1.25', { kind: 'id', id: 'nginx:1.25', name: { name: 'nginx', tag: '1.25' } }],
    ['ns/app', { kind: 'name', name: { namespace: 'ns', name: 'app' } }],
    ['ns/app:1', { kind: 'name', name: { namespace: 'ns', name: 'app', tag: '1' } }],
    ['ns/team/app:1', { kind: 'name', name: { namespace: 'ns', name: 'team/app', tag: '1' } }],
    ['r.example/app:1', { kind: 'name', name: { registryHost: 'r.example', name: 'app', tag: '1' } }],
    [
      'r.example:5000/ns/team/app:1',
      { kind: 'name', name: { registryHost: 'r.example:5000', namespace: 'ns', name: 'team/app', tag: '1' } },
    ],
    ['localhost/ns/app', { kind: 'name', name: { registryHost: 'localhost', namespace: 'ns', name: 'app' } }],
    [`ns/app@${digest}`, { kind: 'id', id: digest, name: { namespace: 'ns', name: 'app' } }],
    [`ns/app:1@${digest}`, { kind: 'id', id: digest, name: { namespace: 'ns', name: 'app', tag: '1' } }],
  ])('%s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    ...['', ' ns/app', 'ns/app ', '/app', 'ns/', 'ns//app', 'ns/app:', 'ns/a:b/app', 'ns/../app', 'ns/app\n'],
    ...[`ns/app@sha256:abc`, `ns/app@md5:${hex}`, `ns/app@${hex}`, `@${digest}`, `ns/a@b@${digest}`],
    'x/'.repeat(600),
  ])('is not %j', (text) => {
    expect(parseReference(text)).toBeUndefined();
  });

  it('has the parts of its text', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
    const namespace = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/).filter((text) => text !== 'localhost');
    const given = fc.record({
      host: fc.option(fc.stringMatching(/^[a-z]{1,8}\.[a-z]{2,5}(:[1-9]\d{1,3})?$/)),
      namespace,
      path: fc.array(word, { minLength: 1, maxLength: 3 }),
      tag: fc.option(word),
      digest: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/)),
    });
    fc.assert(
      fc.property(given, ({ host, namespace, path, tag, digest }) => {
        const place = [...(host === null ? [] : [host]), namespace, ...path].join('/');
        const text = `${place}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@sha256:${digest}`}`;
        const name = {
          ...(host === null ? {} : { registryHost: host }),
          namespace,
          name: path.join('/'),
          ...(tag === null ? {} : { tag }),
        };
        expect(parseReference(text)).toEqual(
          digest === null ? { kind: 'name', name } : { kind: 'id', id: `sha256:${digest}`, name },
        );
      }),
    );
  });

  it('causes no error for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const reference = parseReference(text);
        if (reference) expect(['id', 'name']).toContain(reference.kind);
      }),
    );
  });
});
