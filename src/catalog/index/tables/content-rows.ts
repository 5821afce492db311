import type { ContentDocument } from '../../model/documents.js';
import { fold, type ContentState, type ReadState, type Vocabulary } from './image-row.js';
import type { TableWriter } from './table-writer.js';

/** Writes the content of an image: what it is built on, and its files as numbers of a dictionary. */
export function writeContent(
  writer: TableWriter,
  words: Vocabulary,
  num: number,
  content: ContentDocument,
): ContentState {
  const facets = new Set<string>();
  for (const { osName, osVersion } of content.baseOs?.rows ?? []) {
    const shown = shownOs(osName, osVersion);
    const isFirst = shown !== null && !facets.has(shown);
    if (shown !== null) facets.add(shown);
    const [name, version] = [osName, osVersion].map((word) =>
      words.baseOs.numberOf(word === null ? null : fold(word)),
    );
    const facet = isFirst ? words.baseOsShown.numberOf(shown) : null;
    writer.append('base_os', num, name ?? 0, version ?? 0, facet);
  }
  const files = new Set((content.files?.rows ?? []).map((row) => words.files.numberOf(row.path, row.name)));
  for (const file of files) writer.append('image_files', num, file);
  // Copied: a reference to the rows would keep them all.
  const state = (part: ReadState | null) => part && { scannedUntil: part.scannedUntil };
  return { num, hasOs: facets.size > 0, baseOs: state(content.baseOs), files: state(content.files) };
}

function shownOs(name: string | null, version: string | null): string | null {
  return name === null && version === null ? null : [name, version].filter((word) => word !== null).join(' ');
}

/** What the tables have not heard of yet. */
export function writeWords(writer: TableWriter, { files, hosts, names }: Vocabulary): void {
  for (const [file, word] of files.unsettled()) writer.append('files', file, ...word);
  for (const [host, id] of hosts.unsettled()) writer.append('hosts', host, id);
  for (const [word, text] of names.unsettled()) writer.append('words', word, fold(text));
}

/** The tables have heard of all. */
export function settleWords({ files, hosts, names }: Vocabulary): void {
  for (const words of [files, hosts, names]) words.settle();
}

/** The tables will never hear of what is not settled. */
export function undoWords({ files, hosts, names }: Vocabulary): void {
  for (const words of [files, hosts, names]) words.undo();
}
