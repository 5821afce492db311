import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { run } from '../../../src/consumers/cli/command.js';
import { emptyFile } from '../../../src/consumers/cli/edit.js';
import { readConsumersFile } from '../../../src/consumers/consumers-file.js';

const page = readFileSync(new URL('../../../docs/consumers.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, block = '']) => block);

describe('the page about consumers', () => {
  it('shows files that are good', () => {
    const taken = { ids: new Set<string>(), hashes: new Set<string>() };
    expect(blocks('yaml').length).toBeGreaterThan(2);
    for (const text of blocks('yaml'))
      expect(readConsumersFile(text, taken).flatMap(({ faults }) => faults)).toEqual([]);
  });

  it('shows commands that work one after the other', () => {
    let file = emptyFile;
    const commands = blocks('sh').flatMap((block) => block.match(/(?<= -- ).*/g) ?? []);
    expect(commands).toHaveLength(6);
    for (const command of commands) {
      // The id of the key is another one each time.
      const id = /sha256: (\w{8})/.exec(file)?.[1] ?? '';
      const { exitCode, file: next } = run(
        command.replace('1a2b3c4d', id).replaceAll("'", '').split(' '),
        file,
        0,
      );
      expect([command, exitCode]).toEqual([command, 0]);
      file = next ?? file;
    }
  });
});
