import { scanStatuses } from './scan.js';
import { severities } from './severity.js';

/**
 * The fields whose values are words of HSS. HSS can add words at any time: answers pass new words through in lower
 * case, and filters accept the new words that the catalog has.
 */
export type WordField = 'severity' | 'scanStatus' | 'type' | 'localType';

/** HSS's own words for the kinds of registry images. */
export const registryImageTypes = [
  'private_image',
  'shared_image',
  'instance_image',
  'harbor',
  'jfrog',
] as const;

/** All kinds of images in registries. HSS's lists have no CI/CD images. */
export const imageTypes = [...registryImageTypes, 'cicd'] as const;

/** HSS's own words for the kinds of images on hosts. */
export const localImageTypes = ['swr_image', 'other_image'] as const;

const known: Record<WordField, ReadonlySet<string>> = {
  severity: new Set(severities),
  scanStatus: new Set(scanStatuses),
  type: new Set(imageTypes),
  localType: new Set(localImageTypes),
};

/** Whether HSS has added the word after this release was made. Null is no word. */
export function isNewWord(field: WordField, word: string | null): word is string {
  return word !== null && !known[field].has(word);
}
