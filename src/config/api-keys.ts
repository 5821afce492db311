/** The API keys of both lists with their roles. Notes a problem for a name or a key that appears twice. */
import type { NamedKey } from './api-key-list.js';
import type { Environment } from './environment.js';

export interface ApiKey extends NamedKey {
  readonly role: 'read' | 'admin';
}

const lists = [
  ['API_KEYS', 'read'],
  ['ADMIN_API_KEYS', 'admin'],
] as const;

export function apiKeys({ values, given, problems }: Environment): readonly ApiKey[] {
  const entries = lists.flatMap(([setting, role]) =>
    (values[setting] ?? []).map((entry, index) => ({
      apiKey: { ...entry, role },
      // A message shows positions instead of names; api-key-list.ts says why.
      place: `${given.get(setting) ?? setting} entry ${index + 1}`,
    })),
  );
  for (const field of ['name', 'key'] as const) {
    const firstPlace = new Map<string, string>();
    for (const { apiKey, place } of entries) {
      const earlier = firstPlace.get(apiKey[field]);
      if (earlier === undefined) firstPlace.set(apiKey[field], place);
      else problems.push(`${earlier} and ${place} have the same ${field}: each must be given once`);
    }
  }
  return entries.map(({ apiKey }) => apiKey);
}
