import type { ContentDocument } from '../../model/documents.js';
import type { ContentState } from '../documents/stored-content.js';
import { fold } from '../words/fold.js';
import type { Vocabulary } from '../words/vocabulary.js';
import type { TableWriter } from './table-writer.js';

/** Writes the layers of an image's base OS. @returns the content's state. */
export function writeContent(
  writer: TableWriter,
  vocabulary: Vocabulary,
  num: number,
  content: ContentDocument,
): ContentState {
  const facets = new Set<string>();
  for (const { osName, osVersion } of content.baseOs?.rows ?? []) {
    const shown = shownOs(osName, osVersion);
    const isFirst = shown !== null && !facets.has(shown);
    if (shown !== null) facets.add(shown);
    writer.append(
      'base_os',
      num,
      osName === null ? null : fold(osName),
      osVersion === null ? null : fold(osVersion),
      isFirst ? vocabulary.combinations.numberOfAll({ baseOs: shown }) : null,
    );
  }
  // The values are copied, because a reference to the content would keep all of its rows in memory.
  const state = (part: { scannedUntil: string | null } | null) => part && { scannedUntil: part.scannedUntil };
  const { baseOs, files: readFiles, notKnown = {} } = content;
  return {
    num,
    hasOs: facets.size > 0,
    baseOs: state(baseOs),
    files: state(readFiles),
    notKnown: Object.fromEntries(Object.entries(notKnown).map(([part, told]) => [part, state(told)])),
  };
}

function shownOs(name: string | null, version: string | null): string | null {
  return name === null && version === null ? null : [name, version].filter((word) => word !== null).join(' ');
}

/** Writes the words that the tables of words lack. `Vocabulary.settle` must follow the commit. */
export function writeWords(writer: TableWriter, { hosts, namedHosts }: Vocabulary): void {
  for (const [host, id] of hosts.unsettled()) writer.append('hosts', host, id);
  for (const [number, { name }] of namedHosts.unsettled()) writer.append('named_hosts', number, name);
}
