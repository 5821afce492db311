/** The access keys of official clients in the text of a consumers file. Pure but for the random parts of new keys. */
import { isMap, isSeq, type YAMLMap } from 'yaml';
import { newAccessKey } from '../issued-access-key.js';
import { openSecret, sealSecret, type SealingKey } from '../sealed-secret.js';
import { EditRefused } from './edit-refused.js';

export interface NewSdkKey {
  ak: string;
  sk: string;
  /** What the file gets. */
  entry: { ak: string; sealed: string };
}

/** @throws EditRefused without a master key. */
export function issueSdkKey(consumer: string, keys: readonly SealingKey[]): NewSdkKey {
  const { ak, sk } = newAccessKey();
  return { ak, sk, entry: { ak, sealed: sealSecret(sk, { consumer, accessKey: ak }, firstOf(keys)) } };
}

/**
 * Seals every secret key of the consumers anew under the first master key.
 * @returns the number of keys. @throws EditRefused for a seal that no master key opens.
 */
export function reseal(consumers: readonly YAMLMap[], keys: readonly SealingKey[]): number {
  const sealingKey = firstOf(keys);
  let count = 0;
  for (const consumer of consumers) {
    const sdk = consumer.get('sdk');
    for (const item of isSeq(sdk) ? sdk.items : []) {
      if (!isMap(item)) continue;
      const [id, accessKey, sealed] = [consumer.get('id'), item.get('ak'), item.get('sealed')].map(String);
      const owner = { consumer: id ?? '', accessKey: accessKey ?? '' };
      const secretKey = openSecret(sealed ?? '', owner, keys);
      if (secretKey === undefined)
        throw new EditRefused(`No key of FACE_MASTER_KEY opens the secret key of ${owner.accessKey}`);
      item.set('sealed', sealSecret(secretKey, owner, sealingKey));
      count += 1;
    }
  }
  return count;
}

function firstOf([first]: readonly SealingKey[]): SealingKey {
  if (first === undefined) throw new EditRefused('FACE_MASTER_KEY must be set: it seals the secret key');
  return first;
}
