import { describe, expect, it } from '@jest/globals';
import fc from '../../../support/fast-check.js';
import { parseReference, referenceHint } from '../../../../src/catalog/lookup/reference.js';

const hex = 'a'.repeat(64);
const digest = `sha256:${hex}`;
/** The name of one of Docker Hub's own images. */
const hub = (name: string) => ({ registryHost: 'docker.io', namespace: 'library', name });

const isPlainHost = (host: string) => host !== 'docker.io' && !host.endsWith(':443');

describe('a reference', () => {
  it.each([
    [digest, { kind: 'id', id: digest }],
    [hex, { kind: 'id', id: hex }],
    [`sha256:${'A'.repeat(64)}`, { kind: 'id', id: digest }],
    [`SHA256:${'A'.repeat(64)}`, { kind: 'id', id: digest }],
    ['A'.repeat(64), { kind: 'id', id: hex }],
    ['f757deea-781e-45ec', { kind: 'id', id: 'f757deea-781e-45ec', name: hub('f757deea-781e-45ec') }],
    ['nightly 42%', { kind: 'id', id: 'nightly 42%', name: hub('nightly 42%') }],
    ['nginx:1.25', { kind: 'id', id: 'nginx:1.25', name: { ...hub('nginx'), tag: '1.25' } }],
    ['library/nginx', { kind: 'name', name: hub('nginx') }],
    ['docker.io/nginx', { kind: 'name', name: hub('nginx') }],
    ['docker.io/library/nginx', { kind: 'name', name: hub('nginx') }],
    ['index.docker.io/library/nginx:1', { kind: 'name', name: { ...hub('nginx'), tag: '1' } }],
    ['Docker.IO/nginx', { kind: 'name', name: hub('nginx') }],
    ['docker.io/ns/app', { kind: 'name', name: { ...hub('app'), namespace: 'ns' } }],
    ['ns/app', { kind: 'name', name: { namespace: 'ns', name: 'app' } }],
    ['ns/app:1', { kind: 'name', name: { namespace: 'ns', name: 'app', tag: '1' } }],
    ['ns/team/app:1', { kind: 'name', name: { namespace: 'ns', name: 'team/app', tag: '1' } }],
    ['r.example/app:1', { kind: 'name', name: { registryHost: 'r.example', name: 'app', tag: '1' } }],
    [
      'r.example:5000/ns/team/app:1',
      { kind: 'name', name: { registryHost: 'r.example:5000', namespace: 'ns', name: 'team/app', tag: '1' } },
    ],
    [
      'R.Example:443/ns/app',
      { kind: 'name', name: { registryHost: 'r.example', namespace: 'ns', name: 'app' } },
    ],
    [
      'r.example./ns/app',
      { kind: 'name', name: { registryHost: 'r.example', namespace: 'ns', name: 'app' } },
    ],
    [
      'registry:5000/ns/app',
      { kind: 'name', name: { registryHost: 'registry:5000', namespace: 'ns', name: 'app' } },
    ],
    [
      '127.0.0.1:5000/ns/app',
      { kind: 'name', name: { registryHost: '127.0.0.1:5000', namespace: 'ns', name: 'app' } },
    ],
    [
      '[2001:DB8:0::1]:5000/ns/app:1',
      { kind: 'name', name: { registryHost: '[2001:db8::1]:5000', namespace: 'ns', name: 'app', tag: '1' } },
    ],
    ['localhost/ns/app', { kind: 'name', name: { registryHost: 'localhost', namespace: 'ns', name: 'app' } }],
    [`ns/app@${digest}`, { kind: 'id', id: digest, name: { namespace: 'ns', name: 'app' } }],
    [`ns/app@SHA256:${'A'.repeat(64)}`, { kind: 'id', id: digest, name: { namespace: 'ns', name: 'app' } }],
    ['ns/a@b', { kind: 'name', name: { namespace: 'ns', name: 'a@b' } }],
    ['ns/a@b:1', { kind: 'name', name: { namespace: 'ns', name: 'a@b', tag: '1' } }],
    ['n@s/@a/b:1', { kind: 'name', name: { namespace: 'n@s', name: '@a/b', tag: '1' } }],
    ['a@b', { kind: 'id', id: 'a@b', name: hub('a@b') }],
    [`ns/a@b@${digest}`, { kind: 'id', id: digest, name: { namespace: 'ns', name: 'a@b' } }],
    [
      'r.example/ns/a@b:1',
      { kind: 'name', name: { registryHost: 'r.example', namespace: 'ns', name: 'a@b', tag: '1' } },
    ],
    [`docker-pullable://nginx@${digest}`, { kind: 'id', id: digest, name: hub('nginx') }],
    [`docker://${digest}`, { kind: 'id', id: digest }],
    [`containerd://${digest}`, { kind: 'id', id: digest }],
    [
      `docker-pullable://r.example/ns/app@${digest}`,
      { kind: 'id', id: digest, name: { registryHost: 'r.example', namespace: 'ns', name: 'app' } },
    ],
    ['docker://ns/app:1', { kind: 'name', name: { namespace: 'ns', name: 'app', tag: '1' } }],
    [`ns/app:1@${digest}`, { kind: 'id', id: digest, name: { namespace: 'ns', name: 'app', tag: '1' } }],
  ])('%s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    ...['', ' ns/app', 'ns/app ', '/app', 'ns/', 'ns//app', 'ns/app:', 'ns/a:b/app', 'ns/../app', 'ns/app\n'],
    ...[
      `ns/app@sha256:abc`,
      `ns/app@md5:${hex}`,
      `ns/app@${hex}`,
      `@${digest}`,
      'ns/app@',
      'ns/app:1@',
      'ns/app:1@2',
    ],
    ...['https://r.example/ns/app', 'http://r.example/ns/app', 'oci://r.example/ns/app', 'docker://'],
    ...[
      'r.example:/app',
      'r.example:x/app',
      'r.example:99999/app',
      '[::1/app',
      '[::g]/app',
      '-.example/app',
      'a..b/:1',
      'user@r.example/ns/app',
    ],
    'x/'.repeat(600),
  ])('is not %j', (text) => {
    expect(parseReference(text)).toBeUndefined();
  });

  it('with a scheme gets a hint', () => {
    expect(referenceHint('https://r.example/ns/app')).toContain('without a scheme such as https://');
    expect(referenceHint('a//b')).toMatch(/^must be \[registry-host\/\]/);
  });

  it('has the parts of its text', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
    const namespace = fc
      .stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/)
      .filter((text) => text !== 'localhost' && text !== 'library');
    const given = fc.record({
      host: fc.option(fc.stringMatching(/^[a-z]{1,8}\.[a-z]{2,5}(:[1-9]\d{1,3})?$/).filter(isPlainHost)),
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
