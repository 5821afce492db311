/**
 * The format of API_KEYS and ADMIN_API_KEYS: `name=key,name2=key2`. Messages name an entry by its position and never
 * show the name: an operator who wrote key=name by mistake would find the key in a log.
 */
import type { Format } from './formats.js';

export interface NamedKey {
  readonly name: string;
  readonly key: string;
}

const nameForm = /^[A-Za-z0-9._-]{1,64}$/;
const keyForm = /^[A-Za-z0-9_-]{16,}$/;

export const apiKeyList: Format<readonly NamedKey[]> = {
  allowed:
    'name=key,name2=key2 with names of 1 to 64 of A-Z a-z 0-9 . _ - and keys of at least 16 of A-Z a-z 0-9 _ -',
  parse: (text) => {
    const entries = text.split(',').map(split);
    return entries.some(fault) ? undefined : entries;
  },
  describe: (text) =>
    text
      .split(',')
      .map((entry, index) => ({ what: fault(split(entry)), position: index + 1 }))
      .filter(({ what }) => what !== undefined)
      .map(({ what, position }) => `entry ${position} ${what ?? ''}`)
      .join(', '),
};

function split(entry: string): NamedKey {
  const [, name = '', key = ''] = /^([^=]*)=([^]*)$/.exec(entry) ?? [];
  return { name, key };
}

function fault({ name, key }: NamedKey): string | undefined {
  if (name === '' || key === '') return 'is not name=key';
  if (!nameForm.test(name)) return `has a name of ${name.length} characters that is not allowed`;
  if (!keyForm.test(key)) return `has a key of ${key.length} characters that is not allowed`;
  return undefined;
}
