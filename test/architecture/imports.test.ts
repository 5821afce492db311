import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const config = join(root, '.dependency-cruiser.cjs');

/** Each fault must turn exactly its own rule red: [rule, importing file, imported name]. */
const faults: [rule: string, file: string, imported: string][] = [
  ['no-cycles', 'src/http/chicken.ts', './egg.js'],
  ['no-unresolvable', 'src/http/lost.ts', './nowhere.js'],
  ['no-deprecated', 'src/http/old.ts', 'given-up'],
  ['no-undeclared-packages', 'src/http/tested.ts', 'fast-check'],
  ['no-undeclared-packages', 'src/http/lucky.ts', 'transitive'],
  ['not-to-test', 'src/http/faked.ts', '../../test/fake.js'],
  ['emulator-stands-alone', 'emulator/signer.ts', '../src/json/lossless.js'],
  ['emulator-stands-alone', 'emulator/router.ts', 'fastify'],
  ['client-stands-alone', 'clients/typescript/src/knowing.ts', '../../../src/json/lossless.js'],
  ['client-stands-alone', 'clients/typescript/src/bound.ts', 'node:fs'],
  ['client-stands-alone', 'clients/typescript/src/calling.ts', 'axios'],
  ['console-over-the-client', 'console/src/knowing.ts', '../../src/json/lossless.js'],
  ['console-over-the-client', 'console/src/calling.ts', 'axios'],
  ['not-to-emulator', 'src/demo.ts', '../emulator/server.js'],
  ['not-to-emulator', 'src/hss/shortcut.ts', '../../emulator/server.js'],
  ['config-to-no-room', 'src/config/clever.ts', '../json/lossless.js'],
  ['time-to-no-room', 'src/time/bound.ts', '../config/config.js'],
  ['bytes-to-no-room', 'src/bytes/parsing.ts', '../json/lossless.js'],
  ['domain-to-no-room', 'src/domain/refusing.ts', '../http/problem.js'],
  ['json-to-no-room', 'src/json/timed.ts', '../time/clock.js'],
  ['telemetry-to-no-room', 'src/telemetry/timed.ts', '../time/clock.js'],
  [
    'consumers-only-to-config-domain-redis-signing-telemetry-time',
    'src/consumers/asking.ts',
    '../http/problem.js',
  ],
  ['signing-to-no-room', 'src/signing/keys.ts', '../config/config.js'],
  ['redis-only-to-config-telemetry-time', 'src/redis/knowing.ts', '../cache/cache.js'],
  ['redis-only-to-config-telemetry-time', 'src/redis/trying.ts', '../budget/budget.js'],
  ['budget-only-to-redis-config-json-telemetry-time', 'src/budget/knowing.ts', '../hss/client.js'],
  ['budget-only-to-redis-config-json-telemetry-time', 'src/budget/bound.ts', '../app.setup.js'],
  ['budget-plain', 'src/budget/framed.ts', '@nestjs/common'],
  ['cache-not-to-hss-endpoints-images-http-catalog', 'src/cache/to-hss.ts', '../hss/client.js'],
  ['cache-not-to-hss-endpoints-images-http-catalog', 'src/cache/to-lists.ts', '../endpoints/lists/list.js'],
  ['cache-not-to-hss-endpoints-images-http-catalog', 'src/cache/to-images.ts', '../images/merge.js'],
  ['cache-not-to-hss-endpoints-images-http-catalog', 'src/cache/to-http.ts', '../http/problem.js'],
  ['cache-not-to-hss-endpoints-images-http-catalog', 'src/cache/to-catalog.ts', '../catalog/index.js'],
  ['hss-not-to-cache-endpoints-images-http-catalog', 'src/hss/to-cache.ts', '../cache/cache.js'],
  ['hss-not-to-cache-endpoints-images-http-catalog', 'src/hss/to-images.ts', '../images/merge.js'],
  ['endpoint-not-to-endpoint', 'src/endpoints/image-files/peeking.ts', '../registry-images/row.js'],
  ['endpoint-not-to-endpoint', 'src/endpoints/lists/peeking.ts', '../registry-images/row.js'],
  ['endpoints-not-to-images-catalog', 'src/endpoints/local-images/merging.ts', '../../images/merge.js'],
  ['endpoints-not-to-images-catalog', 'src/endpoints/local-images/knowing.ts', '../../catalog/index.js'],
  ['catalog-not-to-images', 'src/catalog/merging.ts', '../images/merge.js'],
  ['http-not-to-endpoints-images-catalog', 'src/http/to-rows.ts', '../endpoints/lists/list.js'],
  ['http-not-to-endpoints-images-catalog', 'src/http/to-images.ts', '../images/merge.js'],
  ['http-not-to-endpoints-images-catalog', 'src/http/to-catalog.ts', '../catalog/model/image.js'],
  [
    'catalog-routes-only-to-lookup-model-settings-status',
    'src/catalog/routes/asking.ts',
    '../index/index.js',
  ],
  ['catalog-routes-only-to-lookup-model-settings-status', 'src/catalog/routes/syncing.ts', '../sync/loop.js'],
  ['catalog-lookup-only-to-model-settings-status', 'src/catalog/lookup/showing.ts', '../routes/list.js'],
  ['catalog-sync-only-to-log-model-settings', 'src/catalog/sync/finding.ts', '../lookup/find.js'],
  ['catalog-sync-only-to-log-model-settings', 'src/catalog/sync/filling.ts', '../index/index.js'],
  ['catalog-index-only-to-model', 'src/catalog/index/logging.ts', '../log/log.js'],
  ['catalog-log-only-to-model', 'src/catalog/log/indexing.ts', '../index/index.js'],
  ['catalog-model-only-to-domain-rows', 'src/catalog/model/finding.ts', '../lookup/find.js'],
  ['catalog-model-only-to-domain-rows', 'src/catalog/model/reading.ts', '../../endpoints/lists/list.js'],
  ['images-to-catalog-only-lookup-model', 'src/images/listing.ts', '../catalog/routes/list.js'],
  ['images-to-catalog-only-lookup-model', 'src/images/filling.ts', '../catalog/sync/status.js'],
  ['axios-only-in-hss', 'src/images/calling.ts', 'axios'],
  ['ioredis-only-in-redis', 'src/cache/storing.ts', 'ioredis'],
  ['metrics-only-from-setup', 'src/cache/counting.ts', '../metrics/metrics.js'],
  ['prom-client-only-in-metrics', 'src/http/counting.ts', 'prom-client'],
  ['opentelemetry-only-in-telemetry', 'src/hss/tracing.ts', '@opentelemetry/api'],
  ['validators-only-at-the-door', 'src/cache/checking.ts', 'class-validator'],
  ['validators-only-at-the-door', 'src/hss/turning.ts', 'class-transformer'],
];

/** Files that keep the rules: [file, ...imported names]. */
const fine: [file: string, ...imported: string[]][] = [
  ['src/http/egg.ts'],
  ['src/json/lossless.ts', 'node:util'],
  ['emulator/server.ts', 'node:http', './data.js'],
  ['emulator/data.ts'],
  ['src/service.ts', './app.setup.js'],
  ['src/app.setup.ts', 'fastify', './metrics/metrics.js'],
  ['src/metrics/metrics.ts', 'prom-client', '../cache/cache.js'],
  ['src/config/config.ts', 'node:fs', './rate.js'],
  ['src/config/rate.ts'],
  ['src/redis/redis.ts', 'ioredis', '../config/config.js', '../telemetry/meter.js', '../time/clock.js'],
  ['src/time/clock.ts'],
  ['src/telemetry/meter.ts', '@opentelemetry/api'],
  ['src/domain/digest.ts'],
  ['src/budget/budget.ts', '../redis/redis.js', '../config/config.js', '../time/clock.js'],
  ['src/cache/cache.ts', '../budget/budget.js', '../redis/redis.js', '../json/lossless.js'],
  ['src/hss/client.ts', 'axios', '../budget/budget.js', '../config/config.js'],
  ['src/http/problem.ts', 'class-validator', '@nestjs/common'],
  ['src/endpoints/lists/list.ts', '../../cache/cache.js', '../../hss/client.js'],
  ['src/endpoints/registry-images/row.ts', '../lists/list.js', 'class-transformer'],
  ['src/admin/purge-request.ts', 'class-validator', '../cache/cache.js'],
  ['src/catalog/index.ts', '../endpoints/registry-images/row.js', '../cache/cache.js'],
  ['src/catalog/catalog.module.ts', './routes/list.js', './index/index.js', './sync/loop.js'],
  ['src/catalog/catalog-settings.ts', '../config/config.js'],
  ['src/catalog/routes/list.ts', '../lookup/find.js', '../model/image.js', '../sync/status.js'],
  ['src/catalog/lookup/find.ts', '../model/image.js', '../catalog-settings.js', '../sync/status.js'],
  ['src/catalog/sync/status.ts', '../model/image.js'],
  ['src/catalog/sync/loop.ts', '../log/log.js', '../catalog-settings.js', './status.js'],
  ['src/catalog/index/index.ts', '../model/image.js', './tables/rows.js'],
  ['src/catalog/index/tables/rows.ts', '../../model/image.js'],
  ['src/catalog/log/log.ts', '../model/image.js', '../../redis/redis.js'],
  ['src/catalog/model/image.ts', '../../domain/digest.js', '../../endpoints/registry-images/image.row.js'],
  ['src/endpoints/registry-images/image.row.ts'],
  [
    'src/images/merge.ts',
    '../catalog/lookup/find.js',
    '../catalog/model/image.js',
    '../catalog/catalog.module.js',
    '../endpoints/registry-images/row.js',
  ],
  ['clients/typescript/src/index.ts', 'openapi-fetch', './schema.js'],
  ['clients/typescript/src/schema.ts'],
  ['console/src/app.tsx', 'preact', '../../clients/typescript/src/index.js'],
  ['test/fake.ts'],
];

const dependencies = [
  '@nestjs/common',
  '@opentelemetry/api',
  'axios',
  'class-transformer',
  'class-validator',
  'fastify',
  'ioredis',
  'openapi-fetch',
  'preact',
  'prom-client',
];
const packages = [...dependencies, 'given-up', 'fast-check', 'transitive'];

type Violation = { rule: string; file: string };

/** Runs the command line in its own process: inside Jest, the rules' tool would load TypeScript through Jest. */
async function violations(folder: string): Promise<{ found: Violation[]; files: number }> {
  const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const output = await new Promise<string>((resolve, reject) => {
    const args = [cli, '--config', config, '--output-type', 'json', 'src', 'emulator', 'clients', 'console'];
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      // The exit code is the number of violations, so a failed command may have a good output.
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(stderr, { cause: error }));
    });
  });
  const { summary, modules } = JSON.parse(output);
  return {
    found: summary.violations.map((violation: { rule: { name: string }; from: string }) => ({
      rule: violation.rule.name,
      file: violation.from,
    })),
    files: modules.filter(({ source }: { source: string }) =>
      /^(src|emulator|clients|console)\//.test(source),
    ).length,
  };
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function writeModule(folder: string, file: string, imported: string[]): void {
  const lines = imported.map((name, at) => `import * as import${at} from '${name}';`);
  const kept = imported.map((_, at) => `import${at}`);
  write(folder, file, [...lines, `export const kept = [${kept.join(', ')}];`, ''].join('\n'));
}

describe('the import rules', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'hss-bff-imports-'));
    cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    const declared = Object.fromEntries([...dependencies, 'given-up'].map((name) => [name, '1.0.0']));
    const manifest = { type: 'module', dependencies: declared, devDependencies: { 'fast-check': '1.0.0' } };
    write(folder, 'package.json', JSON.stringify(manifest));
    for (const name of packages) {
      const deprecated = name === 'given-up' ? { deprecated: 'use something else' } : {};
      const manifest = { name, version: '1.0.0', type: 'module', exports: './index.js', ...deprecated };
      write(folder, `node_modules/${name}/package.json`, JSON.stringify(manifest));
      write(folder, `node_modules/${name}/index.js`, 'export default 1;\n');
    }
    for (const [file, ...imported] of fine) writeModule(folder, file, imported);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  // `npm run imports`, a separate step of .ci/run, checks the rules in src.
  it('turn red for each planted fault, and stay green for the other files', async () => {
    for (const [, file, imported] of faults) writeModule(folder, file, [imported]);
    writeModule(folder, 'src/http/egg.ts', ['./chicken.js']);
    const { found, files } = await violations(folder);
    const planted = faults.map(([rule, file]) => ({ rule, file }));
    const byFile = (a: Violation, b: Violation): number => a.file.localeCompare(b.file);
    // A cycle may be reported from one of its files or from both.
    const told = found.filter(({ rule, file }) => rule !== 'no-cycles' || file !== 'src/http/egg.ts');
    expect(told.sort(byFile)).toEqual(planted.sort(byFile));
    expect(files).toBe(faults.length + fine.length - 1);
  });

  it('each have a planted fault', () => {
    const { forbidden } = createRequire(import.meta.url)(config) as { forbidden: { name: string }[] };
    const names = forbidden.map(({ name }) => name);
    expect([...new Set(faults.map(([rule]) => rule))].sort()).toEqual(names.sort());
  });
});
