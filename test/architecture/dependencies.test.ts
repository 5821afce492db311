/** docs/dependencies.md, the licences and the SBOM say what the lock file says. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');

interface Package {
  version?: string;
  license?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
}

const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
const declared = JSON.parse(read('package.json')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const installed = Object.entries(packages).filter(([path]) => path !== '');
const inProduction = installed.filter(([, { dev }]) => dev !== true);

/** Licences that ask for no more than a notice. Another one needs a decision of the owner. */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Python-2.0',
];

/** The rows of the table under a heading, cell by cell. */
function tableUnder(heading: string): string[][] {
  const section = read('docs/dependencies.md').split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (package|licence|-)/.test(line))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '')));
}

describe('docs/dependencies.md', () => {
  it.each([
    ['In production', declared.dependencies],
    ['For tests, checks and benchmarks', declared.devDependencies],
  ])('has a line with the licence and the reason for each package: %s', (heading, names) => {
    const rows = tableUnder(heading);
    expect(rows.map(([name]) => name)).toEqual(Object.keys(names).sort());
    for (const [name, licence, why] of rows) {
      expect([name, licence]).toEqual([name, packages[`node_modules/${name}`]?.license]);
      expect(why!.length).toBeGreaterThan(5);
    }
  });

  it('counts the licences of production, which are all permissive', () => {
    const counts: Record<string, number> = {};
    for (const [path, { license }] of inProduction) {
      expect([path, license]).toEqual([path, permissive.find((each) => each === license)]);
      counts[license!] = (counts[license!] ?? 0) + 1;
    }
    const listed = Object.fromEntries(tableUnder('Licences').map(([name, count]) => [name, Number(count)]));
    expect(listed).toEqual(counts);
  });
});

describe('the supply chain', () => {
  it('decides about each install script of a package, and allows none in production', () => {
    const withScript = installed
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    // macOS only; npm does not ask about it elsewhere.
    const asked = withScript.filter((name) => name !== 'fsevents');
    expect(Object.keys(declared.allowScripts)).toEqual(expect.arrayContaining([...new Set(asked)]));
    expect(Object.values(declared.allowScripts)).not.toContain(true);
  });

  it('installs without a warning', () => {
    // A dry run reads the lock file alone, so no registry is asked.
    const { status, stderr } = spawnSync('npm', ['ci', '--dry-run', '--offline', '--no-audit', '--no-fund'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  }, 240_000);

  it('writes an SBOM of all packages of production, with licences and hashes', () => {
    const program = `${root}/scripts/sbom.mjs`;
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const bom = JSON.parse(stdout) as {
      bomFormat: string;
      components: { name: string; version: string; purl: string; licenses?: object[]; hashes?: object[] }[];
    };
    expect(bom.bomFormat).toBe('CycloneDX');
    const inBom = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
    const inLock = inProduction.map(
      ([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`,
    );
    expect([...inBom].sort()).toEqual([...new Set(inLock)].sort());
    for (const { name, purl, licenses, hashes } of bom.components) {
      expect(purl).toMatch(/^pkg:npm\//);
      expect({ name, licenses: licenses?.length, hashes: hashes?.length }).toEqual({
        name,
        licenses: 1,
        hashes: 1,
      });
    }
  });
});
