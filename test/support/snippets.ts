import { readdirSync, readFileSync } from 'node:fs';

const docs = new URL('../../docs/', import.meta.url);

/** A block of code in a page of docs/. */
export interface Snippet {
  page: string;
  /** `sh`, `ts`, `py`, `go`; empty for drawings. */
  language: string;
  text: string;
}

export function snippetsOf(page: string): Snippet[] {
  const blocks = readFileSync(new URL(page, docs), 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...blocks].map(([, language = '', text = '']) => ({ page, language, text }));
}

export function allSnippets(): Snippet[] {
  return readdirSync(docs)
    .filter((name) => name.endsWith('.md'))
    .flatMap(snippetsOf);
}
