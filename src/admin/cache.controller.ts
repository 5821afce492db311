import { Body, Controller, Get, Header, HttpCode, Inject, Post, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiDefaultResponse,
  ApiOkResponse,
  ApiOperation,
  ApiSecurity,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Cache } from '../cache/create-cache.js';
import { keyHashOf } from '../cache/key-hash.js';
import { everything, keyTag } from '../cache/purges.js';
import { plainDigest } from '../domain/digest.js';
import { CLOCK } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { RedisUnavailable } from '../redis/redis-link.js';
import { HotAnswers } from '../http/hot-answers.js';
import { Problem } from '../http/problem.js';
import { PurgeRequest } from './purge-request.js';

const purged = { 'application/json': { schema: { $ref: '#/components/schemas/Purge' } } };

/** Shows the state of the cache to operators, and purges parts of the cache. Needs an admin key. */
@Controller('v1/admin/cache')
@ApiSecurity('bearer')
@ApiSecurity('apiKey')
export class CacheController {
  constructor(
    private readonly cache: Cache,
    private readonly hot: HotAnswers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The content of the cache on this instance, and its counters since the start' })
  @ApiOkResponse({ content: { 'application/json': { schema: { $ref: '#/components/schemas/CacheState' } } } })
  show(): object {
    const { memory, isInAgreement } = this.cache.tiers;
    const { hot } = this;
    return {
      memory: { entries: memory.count, bytes: memory.bytes, maxBytes: memory.maxBytes },
      hot: { answers: hot.count, bytes: hot.bytes, maxBytes: hot.maxBytes, hits: hot.hits },
      loading: this.cache.loading,
      inAgreement: isInAgreement,
      counts: { ...this.cache.counts },
    };
  }

  /**
   * Answers 200 when every live instance confirmed the purge. Answers 202 with the instances that did not confirm
   * within a second: each of these instances purges before it serves entries from memory as fresh again.
   */
  @Post('purge')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Purges one key, all entries with a tag, a project, or all entries, on all instances',
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/PurgeRequest' } })
  @ApiOkResponse({ content: purged })
  @ApiAcceptedResponse({ description: 'Some instances have not confirmed the purge yet', content: purged })
  @ApiDefaultResponse({
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  })
  async purge(
    @Body() request: PurgeRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const tag = tagOf(request);
    try {
      const missing = await this.cache.purge(tag);
      if (missing.length > 0) reply.code(202);
      return { tag, missing };
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
