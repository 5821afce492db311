/**
 * What a new OpenAPI document breaks for consumers of the released one. api-smart-diff finds the differences, resolves
 * references and knows most rules of requests and answers; the table below adds the rules of OpenAPI 3.1 and of
 * docs/versioning.md.
 */
import { apiCompare, type Diff } from 'api-smart-diff';

export interface BreakingChange {
  /** The operations that the change concerns: `GET /v1/hosts`. */
  operations: string[];
  /** The thing that changed: a parameter, field, word, status, header or route. */
  name: string;
  what: 'add' | 'remove' | 'replace' | 'rename';
}

type Document = Record<string, unknown>;

/** @returns one entry for each thing, with all operations that it breaks. */
export function breakingChanges(released: object, current: object): BreakingChange[] {
  const { diffs } = apiCompare(released, current);
  const newWords = new Set(diffs.flatMap(newWordOf));
  const found = new Map<string, BreakingChange>();
  for (const diff of diffs) {
    if (diff.path[0] !== 'paths' || !isBreaking(diff) || isNewWord(diff, newWords)) continue;
    const name = nameOf(diff, released as Document, current as Document);
    const operation = `${String(diff.path[2] ?? '').toUpperCase()} ${String(diff.path[1])}`.trim();
    const key = `${diff.action} ${name}`;
    const change = found.get(key) ?? { operations: [], name, what: diff.action };
    if (!change.operations.includes(operation)) change.operations.push(operation);
    found.set(key, change);
  }
  return [...found.values()];
}

/** Whether a line of the change log that is marked as breaking names the change and one of its routes. */
export function isNamed({ name, operations }: BreakingChange, lines: readonly string[]): boolean {
  const routes = operations.map((operation) => operation.replace(/^\S+ /, ''));
  return lines.some((line) => line.includes(name) && routes.some((route) => line.includes(route)));
}

/** The lines of the next release that are marked as breaking. */
export function breakingLines(changelog: string): string[] {
  const [, next = ''] = /^## Unreleased\n(.*?)(?=^## )/ms.exec(changelog) ?? [];
  return next.split('\n').filter((line) => line.startsWith('- **Breaking**'));
}

/** The rules beside those of the library, in the order of the path: what an answer loses, what a request may no longer say. */
function isBreaking({ type, action, path, before, after }: Diff): boolean {
  if (type === 'breaking') return true;
  const last = path.at(-1);
  const isAnswer = path.includes('responses');
  // Generated clients name their methods after the id, and a key needs the scopes.
  if (last === 'operationId' || path.includes('x-scopes')) return true;
  if (last === 'type' || last === 'format')
    return action !== 'add' && !(isAnswer ? covers(before, after) : covers(after, before));
  // Also an optional field: consumers read it, and the service refuses a body with a field that it does not know.
  return action === 'remove' && path.at(-2) === 'properties';
}

/** Whether all types of `inner` are among those of `outer`: `string` is among `[string, null]`. */
function covers(outer: unknown, inner: unknown): boolean {
  const [all, some] = [[outer].flat(), [inner].flat()];
  return some.every((each) => all.includes(each) || (each === 'integer' && all.includes('number')));
}

/** Open words may grow at any time: a schema `KnownX` has those of a release. */
function newWordOf({ path, action, after }: Diff): unknown[] {
  const isKnown = path[1] === 'schemas' && /^Known/.test(String(path[2])) && path[3] === 'enum';
  return action === 'add' && isKnown ? [after] : [];
}

function isNewWord({ path, action, after }: Diff, newWords: ReadonlySet<unknown>): boolean {
  return action === 'add' && path.at(-2) === 'enum' && path.includes('anyOf') && newWords.has(after);
}

function nameOf({ path, before, after }: Diff, released: Document, current: Document): string {
  const at = path.indexOf('parameters');
  if (at > 0) {
    const index = Number(path[at + 1]);
    const parameters = [
      before,
      after,
      ...[released, current].map((document) => atPath(document, [...path.slice(0, at + 1), index])),
    ];
    const named = parameters.find((each) => typeof each === 'object' && each !== null && 'name' in each);
    if (named) return String((named as { name: unknown }).name);
  }
  const words = [after, before].filter((value) => typeof value === 'string');
  const last = path.at(-2) === 'enum' || path.at(-2) === 'required' ? words[0] : undefined;
  const field = path.lastIndexOf('properties');
  if (last !== undefined) return last;
  if (field > 0 && path[field + 1] !== undefined) return String(path[field + 1]);
  return path.length <= 3 ? String(path[1]) : String(path.at(-1));
}

function atPath(document: unknown, path: readonly unknown[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (part as Record<string, unknown> | undefined)?.[String(key)],
    document,
  );
}
