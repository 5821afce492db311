// The programs of docs/clients.md, and the types that a generator makes of the document.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { fillCatalog } from '../support/catalog.js';
import {
  compile,
  generateTypes,
  hasGo,
  newFolder,
  prepare,
  programIn,
  type Language,
} from '../support/client-programs.js';
import { proxyAgentId } from '../support/proxy-agent.js';
import { readKey, startService, type TestService } from '../support/service.js';

const languages: Language[] = ['sh', 'ts', 'py', ...(hasGo ? (['go'] as const) : [])];
const source = fileURLToPath(new URL('../../src', import.meta.url));

/** A slip of the finger in the program, which the compiler must find. */
const typos: [right: string, wrong: string][] = [
  ["'medium'", "'meduim'"],
  ["!== 'fresh'", "!== 'frehs'"],
  ["case 'ambiguous'", "case 'ambigous'"],
  ["fields: ['name', 'tag'", "fields: ['nmae', 'tag'"],
  ["include: ['image']", "include: ['imgae']"],
  ['running: true', 'runing: true'],
  ["operations['searchImages']", "operations['serachImages']"],
  ['{ code, detail, retryable } =', '{ code, detail, retriable: retryable } ='],
  ['image?.severity', 'image?.sevrity'],
  ['page.nextCursor', 'page.nextCurser'],
];

/** The rows of the service are what the document says. Compiled beside the generated types. */
const rowsAsDescribed = `
import type { components } from './schema.js';
import type { RegistryImageRow } from '${source}/endpoints/registry-images/registry-image.row.js';
import type { LocalImageRow } from '${source}/endpoints/local-images/local-image.row.js';
import type { ImageFileRow } from '${source}/endpoints/image-files/image-file.row.js';
import type { BaseImageRow } from '${source}/endpoints/base-images/base-image.row.js';
import type { CatalogMark } from '${source}/catalog/lookup/catalog-mark.js';
import type { HostedImage, MatchingHost, MatchingImage } from '${source}/catalog/model/reader.js';
import type { CatalogStatus } from '${source}/catalog/sync/status.js';
import type { BudgetSnapshot } from '${source}/budget/snapshot.js';
import type { PartReport } from '${source}/images/part.js';

type S = components['schemas'];
type Json<T> = T extends bigint ? number : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
type Fits<A, B> = [Json<A>] extends [B] ? true : false;
type Same<A, B> = [Fits<A, B>, [B] extends [Json<A>] ? true : false];
export const same: [
  Same<RegistryImageRow, S['RegistryImage']>,
  Same<LocalImageRow, S['LocalImage']>,
  Same<ImageFileRow, S['ImageFile']>,
  Same<BaseImageRow, S['BaseImage']>,
  Same<CatalogMark, S['CatalogMark']>,
] = [[true, true], [true, true], [true, true], [true, true], [true, true]];
export const fits: [
  Fits<MatchingImage, S['CatalogImage']>,
  Fits<MatchingHost, S['CatalogHost']>,
  Fits<HostedImage, S['CatalogHostedImage']>,
  Fits<Omit<CatalogStatus, never>, Omit<S['CatalogStatus'], 'ready' | 'catalog'>>,
  Fits<BudgetSnapshot, Omit<S['Budget']['apis'][number], 'promises'>>,
  Fits<PartReport['status'], S['Part']['status']>,
] = [true, true, true, true, true, true];
`;

describe('a client', () => {
  const folder = newFolder();
  let emulator: Emulator;
  let service: TestService;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', registryImages: 60, localImages: 60 });
    service = await startService({ emulator });
    await fillCatalog(service, emulator, Date.now());
    generateTypes((await service.request('/openapi.json')).text, folder);
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
    rmSync(folder, { recursive: true });
  });

  const environment = () => ({ BFF: service.url, KEY: readKey });

  it.each(languages)('in %s lists all pages as the page of docs has it', async (language) => {
    const all = await service.get('/v1/images?severity=high&running=true&limit=200');
    const lines = (all.body.items as { name: string; tag: string; hosts: { total: number } }[]).map(
      ({ name, tag, hosts }) => `${name}\t${tag}\t${hosts.total}\n`,
    );
    expect(lines.length).toBeGreaterThan(4);
    const ofSmallPages = programIn(language).replace(/(limit\W{1,6})100/, '$12');
    expect(ofSmallPages).not.toBe(programIn(language));
    const run = prepare(language, ofSmallPages, folder);
    const ran = await run(environment());
    expect(ran).toEqual({ code: 0, stderr: '', stdout: lines.join('') });
  });

  it('in TypeScript tells verdicts of references', async () => {
    const run = prepare('ts', programIn('ts'), folder);
    const { code, stdout } = await run(environment(), proxyAgentId, 'no-such-team/app:1', 'a//b');
    expect([code, stdout.trimEnd().split('\n').slice(-3)]).toEqual([
      0,
      [`${proxyAgentId}: stop: high`, 'no-such-team/app:1: not-found', 'a//b: invalid-request'],
    ]);
  });

  it('compiles in strict TypeScript, and a typo does not', () => {
    const text = programIn('ts');
    const wrong = typos.map(([right, typo], at) => {
      expect(text).toContain(right);
      return [`typo-${at}`, text.replace(right, typo)] as const;
    });
    const errors = compile({ right: text, ...Object.fromEntries(wrong) }, folder);
    expect(errors['right']).toEqual([]);
    typos.forEach(([, typo], at) => expect([typo, errors[`typo-${at}`]!.length > 0]).toEqual([typo, true]));
  });

  it('gets the rows that the service has, by their types', () => {
    expect(compile({ rows: rowsAsDescribed }, folder)['rows']).toEqual([]);
  });
});
