import type { ImageDocument } from '../../model/documents.js';
import type { SharedTexts } from '../words/shared-texts.js';

/** A name of an image: an entry of a registry, or a local row, of which only name and tag are known. */
export interface ImageName {
  registryName: string | null;
  type: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
  /** The URL of the entry's instance of SWR's enterprise edition. */
  instanceUrl: string | null;
}

/** The character between the words of one name. No word contains this character. */
const wordEnd = '\u0000';

/** The different names of an image: its registry entries, and local rows whose name and tag no entry has. */
export function imageNamesOf({ entries, onHosts }: ImageDocument): ImageName[] {
  const imageNames = new Map<string, ImageName>();
  let last: ImageName | undefined;
  const add = (imageName: ImageName) => {
    // Each name counts once, because a thousand hosts can have the image under the same name.
    if (last && last.type === imageName.type && last.name === imageName.name && last.tag === imageName.tag)
      if (last.namespace === imageName.namespace && last.registryName === imageName.registryName)
        if (last.instanceUrl === imageName.instanceUrl) return;
    last = imageName;
    imageNames.set(Object.values(imageName).join(wordEnd), imageName);
  };
  for (const { row } of entries) {
    const { registry, instance, type, namespace, name, tag } = row;
    add({ registryName: registry.name, type, namespace, name, tag, instanceUrl: instance.url });
  }
  for (const { row } of onHosts) {
    const { name, tag } = row;
    if (entries.some((entry) => entry.row.name === name && entry.row.tag === tag)) continue;
    add({ registryName: null, type: null, namespace: null, name, tag, instanceUrl: null });
  }
  return [...imageNames.values()];
}

/** The same name, made of strings that are shared with the names of other images. This saves memory. */
export function withSharedTexts(imageName: ImageName, texts: SharedTexts): ImageName {
  return {
    registryName: texts.of(imageName.registryName),
    type: texts.of(imageName.type),
    namespace: texts.of(imageName.namespace),
    name: texts.of(imageName.name),
    tag: texts.of(imageName.tag),
    instanceUrl: texts.of(imageName.instanceUrl),
  };
}
