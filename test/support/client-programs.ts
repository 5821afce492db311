/** The programs of docs/clients.md, ready to run as files of a temporary folder. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import ts from 'typescript';
import { snippetsOf } from './snippets.js';
import { runShell, type Ran } from './shell.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export type Language = 'sh' | 'ts' | 'py' | 'go';

/** The program of a language, as the page has it. */
export function programIn(language: Language): string {
  return snippetsOf('clients.md').find((snippet) => snippet.language === language)!.text;
}

export const hasGo = (process.env['PATH'] ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'go')));

export const newFolder = () => mkdtempSync(join(tmpdir(), 'hss-bff-clients-'));

type Run = (env: Record<string, string>, ...args: string[]) => Promise<Ran>;

/** Makes the program ready. @returns runs it with this environment and these arguments. */
export function prepare(language: Language, text: string, folder: string): Run {
  const file = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  switch (language) {
    case 'sh':
      return (env) => runShell('sh', ['-c', text], env);
    case 'py': {
      const path = file('program.py', text);
      return (env) => runShell('python3', [path], env);
    }
    case 'ts': {
      const { target, module } = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
      const path = file('program.mjs', ts.transpile(text, { target, module }));
      return (env, ...args) => runShell(process.execPath, [path, ...args], env);
    }
    case 'go': {
      const source = file('program.go', text);
      const path = join(folder, 'program');
      const env = { ...process.env, GOCACHE: join(folder, 'cache'), GOFLAGS: '-mod=mod', GO111MODULE: 'off' };
      for (const args of [
        ['vet', source],
        ['build', '-o', path, source],
      ]) {
        const { status, stderr } = spawnSync('go', args, { cwd: folder, env, encoding: 'utf8' });
        if (status !== 0) throw new Error(stderr);
      }
      return (env) => runShell(path, [], env);
    }
  }
}

/** Writes the types of the document as the page says. @param document as JSON text. */
export function generateTypes(document: string, folder: string): void {
  const source = join(folder, 'openapi.json');
  writeFileSync(source, document);
  const generator = join(root, 'node_modules/openapi-typescript/bin/cli.js');
  const args = [generator, source, '-o', join(folder, 'schema.ts')];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Compiles programs in strict TypeScript beside the generated types. @returns the errors of each program. */
export function compile(programs: Record<string, string>, folder: string): Record<string, string[]> {
  const files = Object.entries(programs).map(([name, text]) => {
    writeFileSync(join(folder, `${name}.mts`), text);
    return join(folder, `${name}.mts`);
  });
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    experimentalDecorators: true,
  });
  return Object.fromEntries(
    Object.keys(programs).map((name, at) => {
      const file = program.getSourceFile(files[at]!);
      // Only these files: the compiler checks the rest of the service elsewhere.
      const faults = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [name, faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))];
    }),
  );
}
