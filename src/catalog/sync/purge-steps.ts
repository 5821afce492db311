/**
 * The steps by which purges reach the catalog: what the purges name becomes unread. The change committer takes these
 * steps before any other step, so no step builds on purged documents.
 */
import { plainDigest } from '../../domain/digest.js';
import type { ContentDocument, ImageDocument } from '../model/documents.js';
import type { PurgedNames } from '../model/purged-names.js';
import type { CatalogStore } from '../model/reader.js';
import type { SyncState } from '../model/sync-state.js';

export interface StoredImage {
  image: ImageDocument;
  content: ContentDocument | undefined;
}

/** A step with this number of images, or of their files, passes through Redis within the time limit of a command. */
const mostPerStep = { images: 500, files: 20_000 };

/** The images that the purges may name, in portions of one step each. */
export async function* candidates(store: CatalogStore, names: PurgedNames): AsyncGenerator<StoredImage[]> {
  const all = names.lists.size + names.contents.size > 0 ? store.documents() : [namedImages(store, names)];
  let portion: StoredImage[] = [];
  let files = 0;
  for await (const slice of all)
    for (const stored of slice) {
      portion.push(stored);
      files += stored.content?.files?.rows.length ?? 0;
      if (portion.length < mostPerStep.images && files < mostPerStep.files) continue;
      yield portion;
      portion = [];
      files = 0;
    }
  if (portion.length > 0) yield portion;
}

/** Notes, in the last step of the purges, that the catalog has taken all of them over. */
export function notePurges(sync: SyncState, names: PurgedNames): void {
  sync.purges = { version: 0, ...sync.purges, upTo: names.generation };
  // A running walk goes on, though its first blocks are purged. Another walk follows.
  for (const list of names.lists) sync[list].walksDue = sync[list].walk ? 2 : 1;
}

/** The named images, and the images with which they share a row of HSS: an index, or its architectures. */
function namedImages(store: CatalogStore, { images }: PurgedNames): StoredImage[] {
  const keys = new Set([...images].flatMap((id) => store.keysOf(id)));
  for (const key of [...keys])
    for (const { variantOf, row } of store.document(key)?.entries ?? []) {
      if (variantOf !== null) keys.add(variantOf);
      for (const { digest } of row.variants) if (digest !== null) keys.add(plainDigest(digest));
    }
  return [...keys].flatMap((key) => {
    const image = store.document(key);
    return image ? [{ image, content: store.content(key) }] : [];
  });
}
