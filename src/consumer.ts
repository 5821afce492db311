/** The program `npm run consumer`: reads and writes the file that CONSUMERS_FILE names. Never starts the service. */
import { readFileSync } from 'node:fs';
import { run, usage } from './consumers/cli/command.js';
import { ifThere, save } from './consumers/cli/save.js';
import { sealingKey } from './consumers/sealed-secret.js';
import { masterKeys } from './config/formats.js';
import { systemClock } from './time/clock.js';

function main(args: readonly string[], path: string | undefined): number {
  if (args.length === 0 || args.includes('--help')) {
    process.stdout.write(usage);
    return args.length === 0 ? 1 : 0;
  }
  if (path === undefined || path === '') throw new Error('CONSUMERS_FILE must name the file');
  const known = ifThere(() => readFileSync(path, 'utf8'));
  const { file, shown, toStdout, exitCode } = run(args, known, systemClock.now(), sealingKeys());
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

/** The master keys from FACE_MASTER_KEY, or from the file that FACE_MASTER_KEY_FILE names. Empty without both. */
function sealingKeys() {
  const { FACE_MASTER_KEY: given, FACE_MASTER_KEY_FILE: file } = process.env;
  // An empty variable counts as not set, as for the service.
  const text = given || (file ? readFileSync(file, 'utf8').trim() : '');
  if (text === '') return [];
  const keys = masterKeys.parse(text);
  if (keys === undefined) throw new Error(`FACE_MASTER_KEY must be ${masterKeys.allowed}`);
  return keys.map(sealingKey);
}

try {
  process.exitCode = main(process.argv.slice(2), process.env['CONSUMERS_FILE']);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
