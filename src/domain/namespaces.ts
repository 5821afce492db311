/**
 * The namespaces that a consumer may see. Every room that shows registry rows to a consumer asks `sees`, so this file
 * alone decides whose a row is. Pure.
 */

/** The fields of a registry row that tell whose it is. */
export interface Place {
  registryName: string | null;
  namespace: string | null;
}

/** What a pattern is, as the end of the sentence "must be …". */
export const namespaceForm = 'namespaces: team-a, shared-*, or registry-name:team-a; * only at the end';

interface Pattern {
  /** Undefined: any registry. */
  registryName: string | undefined;
  /** Without the `*`. */
  namespace: string;
  isPrefix: boolean;
}

const patternForm = /^(?:(?<registryName>[^*\p{C}]{1,256}):)?(?<namespace>[^*:\p{C}]{0,256})(?<star>\*?)$/u;

export class Namespaces {
  readonly #patterns: readonly Pattern[];
  /** The patterns in one order, each once. */
  readonly texts: readonly string[];

  /** @throws RangeError for a text that is no pattern: see `isNamespacePattern`. */
  constructor(texts: readonly string[]) {
    this.texts = [...new Set(texts)].sort();
    this.#patterns = this.texts.map(patternOf);
  }

  /** Equal for equal sets of patterns. */
  get key(): string {
    return JSON.stringify(this.texts);
  }

  /** A row without a namespace belongs to nobody. */
  sees({ registryName, namespace }: Place): boolean {
    if (namespace === null) return false;
    return this.#patterns.some(
      (pattern) =>
        (pattern.registryName === undefined || pattern.registryName === registryName) &&
        includes(pattern, namespace),
    );
  }

  /** The registries in which rows of the namespace are seen. `any`: all registries. */
  registriesOf(namespace: string): 'any' | string[] {
    const meant = this.#patterns.filter((pattern) => includes(pattern, namespace));
    const names = meant.map(({ registryName }) => registryName);
    const isAnywhere = names.includes(undefined);
    return isAnywhere ? 'any' : [...new Set(names.filter((name) => name !== undefined))];
  }
}

export function isNamespacePattern(text: string): boolean {
  const { namespace = '', star = '' } = patternForm.exec(text)?.groups ?? {};
  return namespace !== '' || star !== '';
}

function includes({ namespace: own, isPrefix }: Pattern, namespace: string): boolean {
  return isPrefix ? namespace.startsWith(own) : namespace === own;
}

function patternOf(text: string): Pattern {
  if (!isNamespacePattern(text)) throw new RangeError('This is no pattern of a namespace');
  const { registryName, namespace = '', star } = patternForm.exec(text)?.groups ?? {};
  return { registryName, namespace, isPrefix: star === '*' };
}
