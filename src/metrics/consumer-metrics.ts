import type { Consumers, KnownKey } from '../consumers/consumers.js';
import type { ConsumersWatch } from '../consumers/consumers-watch.js';
import type { JwtVerifier } from '../consumers/jwt-verifier.js';
import type { Rates } from '../consumers/rates.js';
import { inSeconds, known, type Families, type Sample } from './families.js';

export interface ConsumerSources {
  readonly consumers: Consumers;
  /** Null without a consumers file. */
  readonly consumersFile: ConsumersWatch | null;
  readonly jwt: JwtVerifier | null;
  readonly rates: Rates;
}

/** Times are given as timestamps: `(x - time()) / 86400` are the days until then. */
export function consumerMetrics(families: Families, sources: ConsumerSources): void {
  const { consumers, consumersFile, jwt, rates } = sources;
  const keys = (value: (key: KnownKey) => number | null) =>
    [...consumers.keys()].flatMap((key) =>
      known({ consumer: key.consumer, key_id: key.keyId }, inSeconds(value(key))),
    );
  families.counter(
    'rate_limited_total',
    'Requests over a rate of their consumer, by the rate',
    ['consumer', 'rate'],
    () =>
      [...rates.refused.entries()].map(([words, count]): Sample => {
        const [consumer = '', rate = ''] = words.split(' ');
        return [{ consumer, rate }, count];
      }),
  );
  families.gauge(
    'key_last_used_timestamp_seconds',
    'Last use of a key on this instance since its start',
    ['consumer', 'key_id'],
    () => keys(({ use }) => (use.lastAt === 0 ? null : use.lastAt)),
  );
  families.gauge('key_expiry_timestamp_seconds', 'End of a key that has one', ['consumer', 'key_id'], () =>
    keys(({ expiresAt }) => expiresAt),
  );
  if (jwt)
    families.gauge('jwks_expiry_timestamp_seconds', 'End of the known keys of the issuer of JWTs', [], () =>
      known({}, inSeconds(jwt.keysGoodUntil)),
    );
  if (!consumersFile) return;
  families.gauge('consumers_file_good', '1 while the consumers file is usable and without faults', [], () => [
    [{}, consumersFile.faultySince === null ? 1 : 0],
  ]);
  families.counter('consumers_file_failures_total', 'New faults of the consumers file', [], () => [
    [{}, consumersFile.failures],
  ]);
  const { secrets } = consumersFile;
  if (secrets)
    families.gauge(
      'unopened_secret_keys',
      'Secret keys of SDKs that FACE_MASTER_KEY does not open',
      [],
      () => [[{}, secrets.unopened]],
    );
  families.gauge(
    'consumers_file_info',
    'Hash of the content in force, to compare instances; always 1',
    ['sha256'],
    () => [[{ sha256: consumersFile.contentId }, 1]],
  );
}
