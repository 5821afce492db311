import { Inject, Injectable } from '@nestjs/common';
import { CATALOG_SETTINGS, type CatalogSettings } from '../catalog/catalog-settings.js';
import { CATALOG_STATUS, type StatusSource } from '../catalog/routes/catalog-status.js';
import { HssClient } from '../hss/hss-client.js';
import { CLOCK, REDIS } from '../injection-tokens.js';
import { releaseVersion } from '../openapi/document.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { Clock } from '../time/clock.js';
import { iso } from '../time/iso.js';

/** The part of /health that names instances and counts, for operators. */
@Injectable()
export class HealthDetails {
  readonly #startedAt: number;

  constructor(
    private readonly client: HssClient,
    @Inject(REDIS) private readonly redis: RedisLink | null,
    @Inject(CATALOG_SETTINGS) private readonly settings: CatalogSettings,
    @Inject(CATALOG_STATUS) private readonly catalog: StatusSource,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.#startedAt = clock.now();
  }

  now(): object {
    const { complete, asOf, syncingInstance, lastError } = this.catalog.status();
    return {
      release: releaseVersion,
      instance: this.settings.instance,
      startedAt: iso(this.#startedAt),
      credentialEndsAt: iso(this.client.credentialEndsAt),
      hss: this.client.record.troubles.map((trouble) => ({ ...trouble, since: iso(trouble.since) })),
      redisFailures: this.redis ? Object.fromEntries(this.redis.failures) : {},
      catalog: this.settings.isOn ? { complete, asOf, syncingInstance, lastError } : null,
    };
  }
}
