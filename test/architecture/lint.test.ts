import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Plant {
  /** The path that ESLint is told; the file is never written. */
  file: string;
  text: string;
  rules: string[];
}

const ENVIRONMENT = `export const region = process.env['HSS_REGION'];\n`;
const TIME = `export const startedAt = Date.now();\n`;
const CONSOLE = `console.log('hello');\n`;
const TIMER = `setTimeout(() => undefined, 1);\n`;

const plants: Record<string, Plant> = {
  'a promise nobody waits for': {
    file: 'src/cache/planted-promise.ts',
    text: `export function load(): void {\n  Promise.resolve(1);\n}\n`,
    rules: ['@typescript-eslint/no-floating-promises'],
  },
  'a variable nobody uses': {
    file: 'src/cache/planted-variable.ts',
    text: `const unused = 1;\nexport {};\n`,
    rules: ['@typescript-eslint/no-unused-vars'],
  },
  'parsed JSON taken on trust': {
    file: 'src/cache/planted-json.ts',
    text: `export const rows: string[] = JSON.parse('[]');\n`,
    rules: ['@typescript-eslint/no-unsafe-assignment'],
  },
  'a setting read behind src/config': {
    file: 'src/cache/planted-env.ts',
    text: ENVIRONMENT,
    rules: ['no-restricted-properties'],
  },
  'the environment taken apart': {
    file: 'src/hss/planted-env.ts',
    text: `const { env } = process;\nexport const region = env['HSS_REGION'];\n`,
    rules: ['no-restricted-properties'],
  },
  'the environment imported': {
    file: 'src/hss/planted-env-import.ts',
    text: `import { env } from 'node:process';\nexport const region = env['HSS_REGION'];\n`,
    rules: ['no-restricted-imports'],
  },
  'a setting read by the demo': {
    file: 'src/demo.ts',
    text: ENVIRONMENT,
    rules: ['no-restricted-properties'],
  },
  'time from Date.now': { file: 'src/cache/planted-now.ts', text: TIME, rules: ['no-restricted-properties'] },
  'time from a new Date': {
    file: 'src/cache/planted-date.ts',
    text: `export const startedAt = new Date();\n`,
    rules: ['no-restricted-syntax'],
  },
  'time from performance.now': {
    file: 'src/budget/planted-now.ts',
    text: `export const startedAt = performance.now();\n`,
    rules: ['no-restricted-properties'],
  },
  'time in src/config': {
    file: 'src/config/planted-now.ts',
    text: TIME,
    rules: ['no-restricted-properties'],
  },
  'a timer': { file: 'src/hss/planted-timer.ts', text: TIMER, rules: ['no-restricted-globals'] },
  'a repeating timer': {
    file: 'src/hss/planted-interval.ts',
    text: `setInterval(() => undefined, 1);\n`,
    rules: ['no-restricted-globals'],
  },
  'an imported timer': {
    file: 'src/hss/planted-sleep.ts',
    text: `import { setTimeout as sleep } from 'node:timers/promises';\nawait sleep(1);\n`,
    rules: ['no-restricted-imports'],
  },
  'a line past the log': { file: 'src/cache/planted-console.ts', text: CONSOLE, rules: ['no-console'] },
  'a line past the log, in the emulator': {
    file: 'emulator/planted-console.ts',
    text: CONSOLE,
    rules: ['no-console'],
  },
  'a test that sleeps': {
    file: 'test/e2e/planted-sleep.test.ts',
    text: `await new Promise((resolve) => setTimeout(resolve, 100));\n`,
    rules: ['no-restricted-globals'],
  },
  'a test that imports a sleep': {
    file: 'test/unit/planted-sleep.test.ts',
    text: `import { setTimeout as sleep } from 'node:timers/promises';\nawait sleep(1);\n`,
    rules: ['no-restricted-imports'],
  },
  'a test with other draws in each run': {
    file: 'test/unit/planted-draws.test.ts',
    text: `import fc from 'fast-check';\nfc.assert(fc.property(fc.nat(), (n) => n >= 0));\n`,
    rules: ['no-restricted-imports'],
  },
  'a test that takes one chunk for all output': {
    file: 'test/integration/planted-chunk.test.ts',
    text: `import { once } from 'node:events';\nawait once(process.stdin, 'data');\n`,
    rules: ['no-restricted-syntax'],
  },
  'a test that times the machine': {
    file: 'test/e2e/planted-timing.test.ts',
    text: `import { expect } from '@jest/globals';\nexpect(performance.now() - 1).toBeLessThan(50);\n`,
    rules: ['no-restricted-syntax'],
  },
  'a setting read by the emulator': {
    file: 'emulator/planted-env.ts',
    text: ENVIRONMENT,
    rules: ['no-restricted-properties'],
  },
};

const fine: Record<string, Omit<Plant, 'rules'>> = {
  'clean text': {
    file: 'src/cache/planted-clean.ts',
    text: `export async function load(at: number): Promise<Date> {\n  await Promise.resolve();\n  return new Date(at);\n}\n`,
  },
  'the environment in src/config': { file: 'src/config/planted-env.ts', text: ENVIRONMENT },
  'time in the clock': { file: 'src/time/clock.ts', text: TIME + TIMER },
  'time in the emulator': { file: 'emulator/planted-time.ts', text: TIME + TIMER },
  'all of them in service.ts': { file: 'src/service.ts', text: ENVIRONMENT + TIME + CONSOLE },
  'all of them in the emulator’s main.ts': {
    file: 'emulator/main.ts',
    text: ENVIRONMENT + TIME + CONSOLE,
  },
  'time and lines in the demo': { file: 'src/demo.ts', text: TIME + CONSOLE + TIMER },
  'a turn of the event loop in a test': {
    file: 'test/unit/planted-turn.test.ts',
    text: `import { setImmediate as turn } from 'node:timers/promises';\nawait turn();\n`,
  },
  'a timer in the support of the tests': { file: 'test/support/planted-timer.ts', text: TIMER },
  'parsed JSON in a test': {
    file: 'test/unit/planted.test.ts',
    text: `const { rows } = JSON.parse('{}');\nexport const first: string = rows[0]!.name;\n`,
  },
};

/**
 * Runs ESLint in a process of its own for all texts at once: inside Jest, ESLint would load TypeScript through Jest. The
 * files do not exist, so the rules get their types from a program of a group's texts alone: with the whole project this
 * takes four times as long. @param groups each has a file only once. @returns the rules that each text breaks.
 */
async function lint(groups: { file: string; text: string }[][]): Promise<string[][]> {
  const script = `
    import { ESLint } from 'eslint';
    import { resolve } from 'node:path';
    import { text } from 'node:stream/consumers';
    import ts from 'typescript';
    const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, process.cwd());
    const rules = [];
    for (const group of JSON.parse(await text(process.stdin))) {
      const planted = new Map(group.map(({ file, text }) => [resolve(file), text]));
      const host = ts.createCompilerHost(options, true);
      const { readFile, fileExists } = host;
      host.readFile = (path) => planted.get(path) ?? readFile(path);
      host.fileExists = (path) => planted.has(path) || fileExists(path);
      const programs = [ts.createProgram([...planted.keys()], options, host)];
      const parserOptions = { project: null, projectService: false, programs };
      const eslint = new ESLint({ overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions } } });
      for (const { file, text } of group) {
        const [{ messages }] = await eslint.lintText(text, { filePath: file });
        rules.push(messages.map(({ ruleId, message }) => ruleId ?? message));
      }
    }
    console.log(JSON.stringify(rules));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(groups));
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return JSON.parse(output);
}

describe('the lint rules', () => {
  const found = new Map<string, string[]>();

  beforeAll(async () => {
    const rules = await lint([Object.values(plants), Object.values(fine)]);
    Object.keys({ ...plants, ...fine }).forEach((name, at) => found.set(name, rules[at]!));
  });

  it.each(Object.keys(plants))('turn red: %s', (name) => {
    expect(found.get(name)).toEqual(plants[name]!.rules);
  });

  it.each(Object.keys(fine))('stay green: %s', (name) => {
    expect(found.get(name)).toEqual([]);
  });
});
