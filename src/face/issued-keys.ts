import type { Principal } from '../consumers/consumer.js';
import type { Consumers, KeyUse } from '../consumers/consumers.js';
import { sha256 } from '../signing/canonical-form.js';
import { openSecret, type SealingKey } from '../consumers/sealed-secret.js';

/** An access key that was issued to a consumer for official clients. */
export interface IssuedKey {
  principal: Principal;
  secretKey: string;
  use: KeyUse;
}

/** The access keys of the consumers' file. A secret key is in the clear for the time of one request only. */
export class IssuedKeys {
  constructor(
    private readonly consumers: Consumers,
    private readonly sealingKeys: readonly SealingKey[],
  ) {}

  /** @returns undefined for a key that is not in force, or whose seal none of the master keys opens. */
  find(accessKey: string): IssuedKey | undefined {
    const issued = this.consumers.byAccessKey(accessKey);
    if (issued === undefined) return undefined;
    const { consumer, sealed, use } = issued;
    const secretKey = openSecret(sealed, { consumer: consumer.id, accessKey }, this.sealingKeys);
    if (secretKey === undefined) return undefined;
    const keyId = sha256(accessKey).slice(0, 8);
    return { secretKey, use, principal: { consumer, keyId, expiresAt: null } };
  }
}
