import { ConfigError, readConfig, type Config } from '../../../src/config/config.js';
import type { Variables } from '../../../src/config/environment.js';

export const realHss = {
  HSS_REGION: 'eu-west-101',
  HSS_PROJECT_ID: 'p1',
  CLOUD_SDK_AK: 'AKEXAMPLE',
  CLOUD_SDK_SK: 'sk-example-secret',
} as const;

export function read(variables: Variables, files: Readonly<Record<string, string>> = {}): Config {
  return readConfig(variables, fileReader(files));
}

export function problems(
  variables: Variables,
  files: Readonly<Record<string, string>> = {},
): readonly string[] {
  return problemsOf(() => read(variables, files));
}

function problemsOf(reading: () => unknown): readonly string[] {
  try {
    reading();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

export function fileReader(files: Readonly<Record<string, string>>) {
  return (path: string): string => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error(`no such file ${path}`), { code: 'ENOENT' });
    return content;
  };
}
