/** The program `npm run consumer`: reads and writes the file that CONSUMERS_FILE names. Never starts the service. */
import { readFileSync } from 'node:fs';
import { run, usage } from './consumers/cli/command.js';
import { emptyFile } from './consumers/cli/edit.js';
import { ifThere, save } from './consumers/cli/save.js';
import { systemClock } from './time/clock.js';

function main(args: readonly string[], path: string | undefined): number {
  if (args.length === 0 || args.includes('--help')) {
    process.stdout.write(usage);
    return args.length === 0 ? 1 : 0;
  }
  if (path === undefined || path === '') throw new Error('CONSUMERS_FILE must name the file');
  const text = ifThere(() => readFileSync(path, 'utf8')) ?? emptyFile;
  const { file, shown, toStdout, exitCode } = run(args, text, systemClock.now());
  if (file === undefined) process.stdout.write(shown);
  else if (toStdout) {
    process.stdout.write(file);
    process.stderr.write(shown);
  } else {
    save(path, file);
    process.stdout.write(shown);
  }
  return exitCode;
}

try {
  process.exitCode = main(process.argv.slice(2), process.env['CONSUMERS_FILE']);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
