// JSON bodies that are deep, large, ambiguous or aimed at the prototype of objects.
import { afterEach, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.js';
import { adminKey, errorLines } from '../support/service.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const valid = { '/v1/images/batch-get': '"refs":["0b08"]', '/v1/admin/cache/purge': '"key":"k"' };
const routes = Object.keys(valid) as (keyof typeof valid)[];
const nested = (levels: number, text = '1') => '['.repeat(levels) + text + ']'.repeat(levels);
const inObjects = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

describe.each(routes)('the body of %s', (route) => {
  const edge = useEmulatedService();
  const post = (body: string) =>
    edge.service.request(route, {
      method: 'POST',
      headers: { 'X-API-Key': adminKey, 'content-type': 'application/json' },
      body,
    });

  afterEach(() => {
    expect(edge.emulator.journal.calls()).toEqual([]);
    expect(errorLines(edge.service)).toEqual([]);
  });

  it.each([
    ['nothing', '', ['body']],
    ['no JSON', '{"refs":', ['body']],
    ['JSON and more', '{} {}', ['body']],
    ['a list', '[]', ['body']],
    ['null', 'null', ['body']],
    ['a number', '1e999', ['body']],
    ['a text', '"refs"', ['body']],
    ['33 levels', `{"x":${nested(32)}}`, ['body']],
    ['3,000 levels of lists', nested(3_000), ['body']],
    ['3,000 levels of lists in a field', `{"refs":${nested(3_000)}}`, ['body']],
    ['3,000 levels of objects', inObjects(3_000), ['body']],
    ['100,000 levels that do not end', '['.repeat(100_000), ['body']],
    ['100,000 unterminated objects', '{"a":'.repeat(50_000), ['body']],
    ['a field twice', '{"x":1,"x":2}', ['x']],
    ['a field twice, once escaped', '{"x":1,"\\u0078":2}', ['x']],
  ])('is refused for %s', async (_, body, fields) => {
    expectProblem(await post(body), { status: 400, code: 'invalid-request', fields });
  });

  it.each([
    'x',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'then',
    'exactlyOne',
    '',
    '\\ud800',
    '镜像',
  ])('is refused for the unknown field %j', async (name) => {
    for (const value of ['1', '{}', '{"polluted":true}', '[[1]]']) {
      const answer = await post(`{${valid[route]},"${name}":${value}}`);
      const fields = [JSON.parse(`"${name}"`)];
      expectProblem(answer, { status: 400, code: 'invalid-request', fields });
      expect({}).not.toHaveProperty('polluted');
    }
  });

  it('is refused with a short answer for many fields or long names', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `"x${index}":1`).join();
    for (const body of [`{${many}}`, `{"${'x'.repeat(200_000)}":1}`]) {
      const answer = await post(body);
      expectProblem(answer, { status: 400, code: 'invalid-request' });
      expect(answer.text.length).toBeLessThan(10_000);
    }
  });

  it('is refused when it is larger than 256 KiB', async () => {
    expectProblem(await post(`{"x":"${'x'.repeat(256 * 1024)}"}`), {
      status: 413,
      code: 'payload-too-large',
    });
  });
});

describe('a batch', () => {
  const edge = useEmulatedService();
  const post = (body: string) =>
    edge.service.request('/v1/images/batch-get', {
      method: 'POST',
      headers: { 'X-API-Key': adminKey, 'content-type': 'application/json' },
      body,
    });

  it.each([
    ['no references', '{}', 'refs'],
    ['null', '{"refs":null}', 'refs'],
    ['a text', '{"refs":"0b08"}', 'refs'],
    ['101 references', JSON.stringify({ refs: Array.from({ length: 101 }, String) }), 'refs'],
    ['100,000 references', JSON.stringify({ refs: Array.from({ length: 100_000 }, () => 1) }), 'refs'],
    ['an object', `{"refs":[{"a":[{"b":{}}]}]}`, 'refs'],
    ['an object with a length', '{"refs":{"length":1,"0":"0b08"}}', 'refs'],
    ['a number beyond range', '{"refs":[1e999]}', 'refs'],
    ['an unknown part', '{"refs":["0b08"],"include":["imag"]}', 'include'],
    ['a part of an object', '{"refs":["0b08"],"include":[{"toString":"image"}]}', 'include'],
    ['no part', '{"refs":["0b08"],"include":[]}', 'include'],
    ['null for the parts', '{"refs":["0b08"],"include":null}', 'include'],
  ])('is refused for %s', async (_, body, field) => {
    expectProblem(await post(body), { status: 400, code: 'invalid-request', fields: [field] });
    expect(edge.emulator.journal.calls()).toEqual([]);
    expect(errorLines(edge.service)).toEqual([]);
  });

  it('names the missing references, as a look-up does', async () => {
    const batch = await post('{}');
    const lookup = await edge.service.get('/v1/images/lookup');
    for (const { body } of [batch, lookup])
      expect(body.errors[0].message).toMatch(/^is required; it must be/);
  });

  it('names references that can be none, one by one', async () => {
    const refs = ['\ud800', '', 'x'.repeat(200_000), '\u0000'];
    const answer = await post(JSON.stringify({ refs }));
    expect(answer.status).toBe(200);
    const outcomes = answer.body.items.map(({ outcome }: { outcome: string }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(['invalid']));
    expect(edge.emulator.journal.calls()).toEqual([]);
  });
});

describe('a purge', () => {
  const edge = useEmulatedService();

  it.each([
    ['nothing', '{}', 'body'],
    ['two targets', '{"key":"k","all":true}', 'body'],
    ['a null target', '{"key":null}', 'key'],
    ['a null beside a target', '{"tag":null,"all":true}', 'tag'],
    // Taken for no dry run, null would purge everything.
    ['null for the dry run', '{"all":true,"dryRun":null}', 'dryRun'],
  ])('is refused for %s', async (_, body, field) => {
    const answer = await edge.service.request('/v1/admin/cache/purge', {
      method: 'POST',
      headers: { 'X-API-Key': adminKey, 'content-type': 'application/json' },
      body,
    });
    expectProblem(answer, { status: 400, code: 'invalid-request', fields: [field] });
  });
});
