import { Body, Controller, Get, Header, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Cache } from '../cache/create-cache.js';
import { keyHashOf } from '../cache/key-hash.js';
import { everything, keyTag } from '../cache/purges.js';
import { plainDigest } from '../domain/digest.js';
import { CLOCK, REDIS } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { RedisUnavailable } from '../redis/redis-errors.js';
import type { RedisLink } from '../redis/redis-link.js';
import { readRedisMemory } from '../redis/redis-memory.js';
import { iso } from '../time/iso.js';
import { HotAnswers } from '../http/hot-answers.js';
import { NoQuery } from '../http/no-query.js';
import { Problem } from '../http/problem.js';
import { CATALOG_SETTINGS, type CatalogSettings } from '../catalog/catalog-settings.js';
import { PurgeForecast } from '../catalog/lookup/purge-forecast.js';
import { LastHour } from './last-hour.js';
import { PurgeLimit } from './purge-limit.js';
import { PurgeRequest, checkTarget } from './purge-request.js';

/** Shows the state of the cache with the scope `watch`, and purges parts of the cache with the scope `admin`. */
@Controller('v1/admin/cache')
export class CacheController {
  constructor(
    private readonly cache: Cache,
    private readonly hot: HotAnswers,
    private readonly limit: PurgeLimit,
    private readonly forecast: PurgeForecast,
    private readonly lastHour: LastHour,
    @Inject(CATALOG_SETTINGS) private readonly settings: CatalogSettings,
    @Inject(REDIS) private readonly redis: RedisLink | null,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getCacheState' })
  async show(@Query() _query: NoQuery): Promise<object> {
    const { memory, isInAgreement } = this.cache.tiers;
    const { hot } = this;
    return {
      memory: { entries: memory.count, bytes: memory.bytes, maxBytes: memory.maxBytes },
      hot: { answers: hot.count, bytes: hot.bytes, maxBytes: hot.maxBytes, hits: hot.hits },
      loading: this.cache.loading,
      inAgreement: isInAgreement,
      counts: { ...this.cache.counts },
      lastHour: this.lastHour.minutes.map((minute) => ({ ...minute, at: iso(minute.at) })),
      instance: this.settings.instance,
      lastPurge: this.cache.purges.generation,
      instances: this.#instances(),
      redis: await this.#redisMemory(),
    };
  }

  #instances(): object[] {
    const { instance } = this.settings;
    const { news } = this.cache.tiers;
    const { generation } = this.cache.purges;
    const heard = news?.heard ?? [{ instance, heardAt: this.clock.now(), generation }];
    return heard.map((each) => ({
      instance: each.instance,
      heardAt: iso(each.heardAt),
      lastPurge: each.generation,
    }));
  }

  /** Null without Redis, and while Redis is away. */
  async #redisMemory(): Promise<object | null> {
    const memory = this.redis && (await readRedisMemory(this.redis).catch(() => null));
    return memory && { bytes: memory.used, maxBytes: memory.limit };
  }

  /**
   * Answers 200 when every live instance confirmed the purge. Answers 202 with the instances that did not confirm
   * within a second: each of these instances purges before it serves entries from memory as fresh again. Answers 429
   * to a second purge of everything, or of a project, within a minute.
   */
  @Post('purge')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'purgeCache' })
  async purge(
    @Body() request: PurgeRequest,
    @Query() _query: NoQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    checkTarget(request);
    const tag = tagOf(request);
    if (request.dryRun) return this.#withRedis(() => this.#dryRun(tag));
    const waitMs = await this.#withRedis(() => this.limit.take(tag));
    if (waitMs > 0)
      throw new Problem('rate-limited', 'A purge of everything, or of a project, is possible once a minute', {
        retryAt: this.clock.now() + waitMs,
      });
    const missing = await this.#withRedis(() => this.cache.purge(tag)).catch(async (error: unknown) => {
      await this.limit.release(tag);
      throw error;
    });
    if (missing.length > 0) reply.code(202);
    return { tag, missing };
  }

  async #dryRun(tag: string): Promise<object> {
    const entries = await this.cache.countOf(tag);
    const { calls, refilledBy } = this.forecast.of(tag);
    return { entries, calls, refilledBy: iso(refilledBy) };
  }

  async #withRedis<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      throw new Problem('overloaded', 'Redis is away, so the purge cannot reach the other instances', {
        retryAt: this.clock.now() + 1_000,
      });
    }
  }
}

const imagePrefix = 'image:';

function tagOf({ key, tag, project }: PurgeRequest): string {
  if (key !== undefined) return keyTag(keyHashOf(key));
  if (project !== undefined) return `project:${project}`;
  if (tag === undefined) return everything;
  return tag.startsWith(imagePrefix) ? imagePrefix + plainDigest(tag.slice(imagePrefix.length)) : tag;
}
