// The typed client as a package: another project installs it and uses it against the running service.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientProject, readmeProgram } from '../support/client-package.js';
import { fillCatalog } from '../support/catalog.js';
import { noAnswers } from '../support/no-answers.js';
import { proxyAgentId } from '../support/proxy-agent.js';
import { readKey } from '../support/service.js';
import { startUpstream } from '../support/upstream-server.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

/** Slips of the finger in the program of the README, which the compiler must find. */
const typos: [right: string, wrong: string][] = [
  ['items.searchImages', 'items.searchImage'],
  ['running: true', 'runing: true'],
  ['{ name, tag, hosts }', '{ name, tga, hosts }'],
  ["include: ['image']", "include: ['imgae']"],
  ['strict: true', 'strcit: true'],
  ["partOf(data, 'image')", "partOf(data, 'imgae')"],
  ["=== 'fresh'", "=== 'frehs'"],
  ["image?.status === 'fresh'", "image?.status !== 'failed'"],
  ['value.severity', 'value.severty'],
  ["'lookupImage')", "'lookupImag')"],
];

/** What the types say: each line holds only if a type is as narrow as the contract. */
const narrow = `
import type { Data, Part, ProblemOf, Schemas } from 'hss-bff-client';
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Code<Id extends Parameters<typeof probe>[0]> = ProblemOf<Id>['code'];
declare function probe(id: 'searchImages' | 'getImage' | 'getMe'): void;
export const all: [
  Same<Extract<Code<'getMe'>, 'overloaded' | 'catalog-not-ready'>, 'overloaded'>,
  Same<Extract<Code<'getImage'>, 'image-not-scanned' | 'cursor-expired'>, 'image-not-scanned'>,
  Same<Extract<ProblemOf<'getImage'>, { code: 'not-found' }>['status'], 404>,
  Same<Part<'files'>['status'], 'fresh' | 'stale' | 'pending' | 'absent' | 'failed'>,
  Same<Extract<Part<'baseOs'>, { status: 'stale' }>['value'], Schemas['BaseImage'][]>,
  Same<Extract<Part<'hosts'>, { status: 'pending' }>['value'], null>,
  Same<Data<'getReadiness'>['status'], 'ok' | 'starting' | 'stopping'>,
  Same<Schemas['FindingCounts']['vulnerabilities'], string | null>,
  Same<Schemas['KnownSeverity'], 'none' | 'low' | 'medium' | 'high'>,
] = [true, true, true, true, true, true, true, true, true];
`;

describe('the package of the typed client', () => {
  const story = useEmulatedService({ emulator: { registryImages: 60, localImages: 40 } });
  let project: ClientProject;
  let errors: Record<string, string[]>;

  beforeAll(async () => {
    await fillCatalog(story.service, story.emulator, story.clock.now());
    project = new ClientProject();
    const wrong = typos.map(
      ([right, typo], at) => [`typo${at}`, readmeProgram().replace(right, typo)] as const,
    );
    errors = project.compile({ program: readmeProgram(), narrow, ...Object.fromEntries(wrong) });
  });
  afterAll(() => project.close());

  const environment = () => ({ BFF: story.service.url, KEY: readKey });

  it('has the version of the service, one dependency, and its README', () => {
    const manifest = JSON.parse(project.read('package.json')) as Record<string, unknown>;
    const root = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(manifest['version']).toBe(root.version);
    expect(Object.keys(manifest['dependencies'] as object)).toEqual(['openapi-fetch']);
    expect(root.devDependencies['openapi-fetch']).toBe(
      (manifest['dependencies'] as Record<string, string>)['openapi-fetch'],
    );
    expect(project.read('README.md')).toContain(readmeProgram());
    expect(readmeProgram().trim().split('\n').length).toBeLessThanOrEqual(21);
  });

  it('runs the program of its README', async () => {
    const ran = await project.run('program', environment(), proxyAgentId, 'no-such-team/app:1', 'a//b');
    const all = await story.service.get('/v1/images?severity=high&running=true&limit=200');
    const lines = (all.body.items as { name: string; tag: string; hosts: { total: number } }[]).map(
      ({ name, tag, hosts }) => `${name}:${tag} runs on ${hosts.total} hosts\n`,
    );
    expect(lines.length).toBeGreaterThan(4);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const verdicts = [
      `${proxyAgentId}: high as of `,
      'no-such-team/app:1: not-found\n',
      'a//b: invalid-request\n',
    ];
    expect(ran.stdout.slice(0, lines.join('').length)).toBe(lines.join(''));
    for (const verdict of verdicts) expect(ran.stdout).toContain(verdict);
  });

  // A refusal without a time is repeated within the deadline, which is not the subject here.
  const final = Object.entries(noAnswers).filter(([, { status }]) => status !== 429 && status !== 503);

  it.each(final)('lets the program fail in words for %s', async (_, answer) => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.body);
    });
    const ran = await project.run('program', { ...environment(), BFF: upstream.url });
    await upstream.close();
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).not.toBe('');
    expect(ran.stderr).not.toContain(readKey);
  });

  it('compiles in strict TypeScript', () => {
    expect(errors['program']).toEqual([]);
  });

  it('has types as narrow as the contract', () => {
    expect(errors['narrow']).toEqual([]);
  });

  it.each(typos.map(([right, wrong], at) => [right, wrong, at] as const))(
    'does not compile when %s is %s',
    (right, _wrong, at) => {
      expect(readmeProgram()).toContain(right);
      expect(errors[`typo${at}`]).not.toEqual([]);
    },
  );
});
