// Puts what dist/main.js loads into few files, since finding and reading two thousand files took most of the start. The
// input is the compiler's output: bundlers emit no metadata of decorators, which Nest's injection needs. All other
// files of dist/ stay as they are, for the other programs there.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Packages that stay in node_modules: parts that are loaded on demand only, DuckDB's addon, a logger that starts worker
 * threads by the names of its files, and packages that Nest looks for and that are not installed here.
 */
const external = [
  /^#emulator$/,
  /^@duckdb\//,
  /^@opentelemetry\/(?!api$)/,
  /^pino$/,
  /^@fastify\/(cors|multipart|static|view)$/,
  /^@nestjs\/(microservices|platform-express|websockets)/,
];

/**
 * Nothing is taken out, neither by rolldown nor by its minifier: both drop a call whose result nobody uses, such as
 * `decodeURIComponent(url)` in a `try`, though the code relies on the call to throw.
 */
const everything = { treeshake: false, minify: false };

/** The packages have a file of their own, and no source map: reading nine MB of it would take a tenth of the start. */
const packages = 'packages';

/** The compiler's source maps, so that the maps of the bundle name lines of src/. */
const compilerMaps = (dist) => ({
  name: 'compiler-maps',
  load(file) {
    if (!file.startsWith(dist)) return null;
    const code = readFileSync(file, 'utf8');
    return { code, map: JSON.parse(readFileSync(`${file}.map`, 'utf8')) };
  },
});

/**
 * One copy of class-validator, with nothing but what is used. Nest's own imports of it name no parts, so they get the
 * parts that Nest calls. Nest's mapped types look for packages at run time, and would find second copies in
 * node_modules, which know nothing of the decorators here.
 */
const oneValidator = {
  name: 'one-validator',
  resolveId(source, importer) {
    if (source !== 'class-validator') return null;
    return importer?.includes('/@nestjs/')
      ? '\0validator-of-nest'
      : this.resolve(`${source}/esm2015/index.js`, importer);
  },
  load(id) {
    const parts = 'IsOptional, ValidateIf, getMetadataStorage, validate';
    return id === '\0validator-of-nest' ? `export { ${parts} } from 'class-validator';` : null;
  },
  transform(code, file) {
    if (!file.includes('/@nestjs/mapped-types/')) return null;
    return { code: code.replace(/^const require = createRequire\(.*$/m, ''), map: null };
  },
};

/**
 * Replaces main.js of a build by an entry of its bundle/. The folder's depth keeps `../../docs` and the like right.
 * @param dist the folder of the build.
 */
export async function bundle(root, dist) {
  const bundled = await rolldown({
    input: join(dist, 'main.js'),
    cwd: root,
    platform: 'node',
    treeshake: everything.treeshake,
    external,
    plugins: [compilerMaps(dist), oneValidator],
    onLog: (level, log) => level === 'warn' && console.error(`bundle: ${log.message}`),
  });
  const { output } = await bundled.generate({
    format: 'esm',
    sourcemap: true,
    minify: everything.minify,
    comments: false,
    entryFileNames: 'main.js',
    chunkFileNames: 'bundle/[name].js',
    codeSplitting: { groups: [{ name: packages, test: /\/node_modules\// }] },
  });
  await bundled.close();
  for (const { fileName, code, source } of output) {
    if (fileName === `bundle/${packages}.js.map`) continue;
    const file = join(dist, fileName);
    mkdirSync(dirname(file), { recursive: true });
    // Comments name each module by the folder of the build, whose name is drawn.
    const named = code?.replaceAll(`// ${basename(dist)}/`, '// dist/');
    writeFileSync(file, named?.replace(/\n\/\/# sourceMappingURL=packages\.js\.map\s*$/, '\n') ?? source);
  }
}
