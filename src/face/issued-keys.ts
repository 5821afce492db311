import type { Consumers } from '../consumers/consumers.js';
import { hasScope } from '../consumers/consumer.js';
import { openSecret, type SealingKey } from './sealed-secret.js';
import { SdkKeys, type SdkKey } from './sdk-keys.js';

/** The access keys of the consumers' file. A secret key is in the clear for the time of one request only. */
export class IssuedKeys extends SdkKeys {
  constructor(
    private readonly consumers: Consumers,
    private readonly sealingKeys: readonly SealingKey[],
  ) {
    super();
  }

  find(accessKey: string): SdkKey | undefined {
    const issued = this.consumers.byAccessKey(accessKey);
    if (issued === undefined) return undefined;
    const { consumer, sealed } = issued;
    const secretKey = openSecret(sealed, { consumer: consumer.id, accessKey }, this.sealingKeys);
    if (secretKey === undefined) return undefined;
    return {
      consumer: consumer.id,
      secretKey,
      mayCall: hasScope(consumer, 'hss'),
      mayListHosts: hasScope(consumer, 'hosts'),
    };
  }
}
