// The OpenAPI document against that of the last release: nothing that consumers hold on to goes away unsaid.
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { breakingChanges, breakingLines, isNamed } from '../support/contract-changes.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const file = new URL('../fixtures/openapi-released.json', import.meta.url);
const changelog = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');
/** Set by whoever releases a version. */
const isRelease = process.env['UPDATE_RELEASED'] === '1';

/** A document as far as it binds: without examples and texts. */
function bindingPart(text: string): object {
  const isText = (key: string, value: unknown) =>
    key === 'example' || (['description', 'summary'].includes(key) && typeof value === 'string');
  return JSON.parse(text, (key, value: unknown) => (isText(key, value) ? undefined : value)) as object;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: { type?: string; maximum?: number; enum?: string[] };
}
interface Planted {
  paths: Record<
    string,
    Record<
      string,
      {
        parameters: Parameter[];
        responses: Record<string, { headers?: object; content?: object }>;
        operationId: string;
        'x-scopes'?: string[];
      }
    >
  >;
  components: Record<string, Record<string, object>> & {
    schemas: Record<
      string,
      { properties: Record<string, object>; required: string[]; enum: string[]; oneOf: object[] }
    >;
  };
}

/** The components that the paths refer to, directly or through others. */
function usedComponents({ paths, components }: Planted): Planted['components'] {
  const used: Planted['components'] = { schemas: {} };
  const follow = (part: object): void => {
    for (const [, kind = '', name = ''] of JSON.stringify(part).matchAll(
      /"#\/components\/(\w+)\/([^"]+)"/g,
    )) {
      const component = components[kind]![name]!;
      const others = (used[kind] ??= {});
      if (name in others) continue;
      others[name] = component;
      follow(component);
    }
  };
  follow(paths);
  return used;
}
const route = { hosts: '/v1/hosts', lists: '/v1/registry-images' };
const parameter = ({ paths }: Planted, path: string, name: string) =>
  paths[path]!['get']!.parameters.find((each) => each.name === name)!;

/** Each breaks the contract: [kind, change, the name that the change log must have]. */
const broken: [kind: string, plant: (document: Planted) => unknown, name: string][] = [
  ['a removed route', ({ paths }) => delete paths['/v1/hosts'], '/v1/hosts'],
  [
    'a removed field of an answer',
    ({ components: { schemas } }) => {
      delete schemas['CatalogHost']!.properties['matches'];
      schemas['CatalogHost']!.required = schemas['CatalogHost']!.required.filter(
        (each) => each !== 'matches',
      );
    },
    'matches',
  ],
  [
    'a removed optional field',
    ({ components: { schemas } }) => delete schemas['CatalogHost']!.properties['matchedBy'],
    'matchedBy',
  ],
  [
    'a new required parameter',
    ({ paths }) =>
      paths[route.hosts]!['get']!.parameters.push({
        name: 'zone',
        ...{ in: 'query' },
        required: true,
        schema: { type: 'string' },
      }),
    'zone',
  ],
  [
    'a parameter that becomes required',
    (all) => (parameter(all, route.hosts, 'severity').required = true),
    'severity',
  ],
  [
    'a removed parameter',
    ({ paths }) =>
      (paths[route.hosts]!['get']!.parameters = paths[route.hosts]!['get']!.parameters.filter(
        ({ name }) => name !== 'severity',
      )),
    'severity',
  ],
  ['fewer words of a parameter', (all) => parameter(all, route.lists, 'sort').schema.enum!.pop(), 'sort'],
  ['a narrower parameter', (all) => (parameter(all, route.lists, 'limit').schema.maximum = 100), 'limit'],
  [
    'another type of a parameter',
    (all) => (parameter(all, route.lists, 'limit').schema.type = 'string'),
    'limit',
  ],
  [
    'another type of a field',
    ({ components: { schemas } }) => (schemas['CatalogHost']!.properties['matches'] = { type: 'string' }),
    'matches',
  ],
  [
    'a field that may be null now',
    ({ components: { schemas } }) =>
      (schemas['CatalogHost']!.properties['matches'] = { type: ['integer', 'null'], minimum: 0 }),
    'matches',
  ],
  ['a removed status', ({ paths }) => delete paths[route.hosts]!['get']!.responses['304'], '304'],
  [
    'a removed header',
    ({ paths }) =>
      delete (paths[route.hosts]!['get']!.responses['200']!.headers as Record<string, object>)['ETag'],
    'ETag',
  ],
  [
    'another operation id',
    ({ paths }) => (paths[route.hosts]!['get']!.operationId = 'getHosts'),
    'operationId',
  ],
  ['another scope', ({ paths }) => (paths[route.hosts]!['get']!['x-scopes'] = ['admin']), ''],
];

/** Each is allowed at any time. */
const harmless: [kind: string, plant: (document: Planted) => unknown][] = [
  ['a new route', ({ paths }) => (paths['/v1/more'] = paths[route.lists]!)],
  [
    'a new field of an answer',
    ({ components: { schemas } }) => (schemas['CatalogHost']!.properties['more'] = { type: 'string' }),
  ],
  [
    'a new optional parameter',
    ({ paths }) =>
      paths[route.hosts]!['get']!.parameters.push({
        name: 'zone',
        ...{ in: 'query' },
        schema: { type: 'string' },
      }),
  ],
  [
    'a new word where words are open',
    ({ components: { schemas } }) => schemas['KnownSeverity']!.enum.push('critical'),
  ],
  ['a wider parameter', (all) => (parameter(all, route.lists, 'limit').schema.maximum = 500)],
  [
    'a field that is never null now',
    ({ components: { schemas } }) => (schemas['CatalogHost']!.properties['hostId'] = { type: 'string' }),
  ],
];

describe('the document of the last release', () => {
  const story = useEmulatedService();
  let current: object;
  let released: object;

  beforeAll(async () => {
    current = bindingPart((await story.service.request('/openapi.json')).text);
    if (isRelease) writeFileSync(file, `${JSON.stringify(current, null, 1)}\n`);
    released = JSON.parse(readFileSync(file, 'utf8')) as object;
  });

  it('is kept, but for what the change log names as breaking', () => {
    const lines = breakingLines(changelog);
    const unsaid = breakingChanges(released, current).filter((change) => !isNamed(change, lines));
    expect(unsaid).toEqual([]);
  });

  const planted = (plant: (document: Planted) => unknown) => {
    const base = structuredClone(released) as Planted;
    // A comparison of everything takes seconds: these two routes, without their errors, are enough, and what they use.
    const [hosts, lists] = [base.paths[route.hosts]!, base.paths[route.lists]!];
    const { 200: good, 304: same } = hosts['get']!.responses;
    hosts['get']!.responses = { 200: good!, 304: same! };
    lists['get']!.responses = {};
    base.paths = { [route.hosts]: hosts, [route.lists]: lists };
    base.components = usedComponents(base);
    const changed = structuredClone(base);
    plant(changed);
    return breakingChanges(base, changed);
  };

  it.each(broken)('turns red for %s, unless the change log names it', (_kind, plant, name) => {
    const changes = planted(plant);
    expect(changes).not.toEqual([]);
    expect(changes.map((change) => change.name).join(' ')).toContain(name);
    expect(changes.every((change) => isNamed(change, ['- **Breaking**: something else']))).toBe(false);
    const lines = changes.map(
      (change) => `- **Breaking**: \`${change.name}\` of ${change.operations.join()}`,
    );
    expect(changes.every((change) => isNamed(change, lines))).toBe(true);
  });

  it.each(harmless)('stays green for %s', (_kind, plant) => {
    expect(planted(plant)).toEqual([]);
  });

  it('reads the lines of the next release only', () => {
    const text = '# Log\n\n## Unreleased\n\n- **Breaking**: a\n- b\n\n## 0.1.0\n\n- **Breaking**: c\n';
    expect(breakingLines(text)).toEqual(['- **Breaking**: a']);
  });
});
