/**
 * The commands of dist/main.js that read the settings and start nothing: `--check-config` and `--print-config`. Both
 * read all files that the service would read at its start, the consumers file too.
 */
import { ConfigError, readConfig, type Config } from './config/config.js';
import { readEnvironment, type ReadFile, type Variables } from './config/environment.js';
import { shownSettings } from './config/shown-settings.js';
import { checkConsumers } from './consumers/open-consumers.js';

export interface Output {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const usage = `Usage: node dist/main.js [--check-config | --print-config]

Without an option the service starts.
  --check-config  lists every fault of the settings and of the consumers file; exit 1 with a fault, else 0
  --print-config  prints the settings in force, secrets masked; like --check-config when there is a fault
`;

/** @param args the arguments of the program. @returns undefined without arguments: the service starts. */
export function settingsCommand(
  args: readonly string[],
  variables: Variables,
  readFile: ReadFile,
): Output | undefined {
  const [option, ...more] = args;
  if (option === undefined) return undefined;
  if (option === '--help') return { exitCode: 0, stdout: usage, stderr: '' };
  if (!['--check-config', '--print-config'].includes(option) || more.length > 0)
    return { exitCode: 1, stdout: '', stderr: usage };
  const { config, faults, warnings, consumers } = examine(variables, readFile);
  const noted = warnings.map((warning) => `Warning: ${warning}\n`).join('');
  if (config === undefined || faults.length > 0)
    return { exitCode: 1, stdout: '', stderr: `${noted}${new ConfigError(faults).message}\n` };
  const told = consumers === undefined ? [] : [`# CONSUMERS_FILE holds ${consumers} consumers`];
  const lines =
    option === '--check-config'
      ? ['The settings are right']
      : [...shownSettings(variables, readFile, config), ...told];
  return { exitCode: 0, stdout: `${lines.join('\n')}\n`, stderr: noted };
}

/** All faults at once; without a fault, what the settings mean. `consumers` is the number of entries of the consumers file, if there is one. */
function examine(variables: Variables, readFile: ReadFile) {
  const faults: string[] = [];
  let config: Config | undefined;
  try {
    config = readConfig(variables, readFile);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.problems);
  }
  const { CONSUMERS_FILE: consumersFile } = readEnvironment(variables, readFile).values;
  // The consumers file is checked even when other settings are at fault.
  const checked = checkConsumers(
    config ?? { apiKeys: [], consumersFile, hasFace: false, masterKeys: [] },
    readFile,
  );
  const warnings = [...(config?.warnings ?? []), ...checked.warnings];
  return { config, faults: [...faults, ...checked.faults], warnings, consumers: checked.count };
}
