import { Controller, Get, Inject, Optional, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CatalogReplay } from '../catalog/model/catalog-replay.js';
import { RedisLink } from '../redis/redis-link.js';
import { REDIS } from '../injection-tokens.js';

/**
 * Health checks for balancers and orchestrators. Live: the process answers. Ready: the process takes requests, from
 * the moment at which it has loaded the catalog of its fleet until the shutdown begins. An outage of Redis shows at /health and leaves the instance ready: instances still send cached
 * answers, and taking every instance out of service would not help.
 */
@Controller('health')
export class HealthController implements BeforeApplicationShutdown {
  #isStopping = false;

  constructor(
    @Optional() @Inject(REDIS) private readonly redis: RedisLink | null,
    private readonly replay: CatalogReplay,
  ) {}

  beforeApplicationShutdown(): void {
    this.#isStopping = true;
  }

  @Get()
  @ApiOperation({ operationId: 'getHealth' })
  health(): object {
    const redis = !this.redis ? 'not-configured' : this.redis.isUp ? 'up' : 'down';
    return { status: redis === 'down' ? 'degraded' : 'ok', redis };
  }

  @Get('live')
  @ApiOperation({ operationId: 'getLiveness' })
  live(): object {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ operationId: 'getReadiness' })
  ready(@Res({ passthrough: true }) reply: FastifyReply): object {
    const isStarting = this.replay.isStarting;
    if (this.#isStopping || isStarting) void reply.code(503).header('retry-after', '5');
    if (this.#isStopping) return { status: 'stopping' };
    return isStarting ? { status: 'starting', waitingFor: 'catalog' } : { status: 'ok' };
  }
}
