/** Consumers with access keys for official clients, for the tests of the face. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealingKey, sealSecret } from '../../src/consumers/sealed-secret.js';
import type { Keys } from './official-clients.js';

const masterKey = 'master-key-of-the-tests-0123456789';

/** The keys of a consumer with the scopes `hss` and `hosts`, of one without `hosts`, and of one without `hss`. */
export const sdkKeys = {
  ak: 'HBFFTERRAFORM0000001',
  sk: 'secretKeyOfTerraform',
  withoutHosts: { ak: 'HBFFNOHOSTS000000001', sk: 'secretKeyWithoutHosts' },
  withoutScope: { ak: 'HBFFNOSCOPE000000001', sk: 'secretKeyWithoutScope' },
};

const consumers: [id: string, scopes: string[], keys: Keys][] = [
  ['terraform', ['hss', 'hosts'], sdkKeys],
  ['no-hosts', ['hss'], sdkKeys.withoutHosts],
  ['no-scope', ['read'], sdkKeys.withoutScope],
];

/**
 * The settings of a service with the face and these consumers. Writes their file into a new folder.
 * @param rate of each consumer.
 */
export function sdkConsumers(rate?: object): { file: string; env: Record<string, string> } {
  const file = join(mkdtempSync(join(tmpdir(), 'consumers-')), 'consumers.json');
  const key = sealingKey(masterKey);
  const entries = consumers.map(([id, scopes, { ak, sk }]) => ({
    id,
    scopes,
    ...(rate && { rate }),
    sdk: [{ ak, sealed: sealSecret(sk, { consumer: id, accessKey: ak }, key) }],
  }));
  writeFileSync(file, JSON.stringify({ consumers: entries }));
  return { file, env: { HSS_COMPAT: 'on', FACE_MASTER_KEY: masterKey, CONSUMERS_FILE: file } };
}
