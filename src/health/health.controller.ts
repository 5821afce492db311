import { Controller, Get, Inject, Optional, Req, Res } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CatalogReplay } from '../catalog/model/catalog-replay.js';
import { hasScope } from '../consumers/consumer.js';
import { GracefulClose } from '../http/graceful-close.js';
import { REDIS } from '../injection-tokens.js';
import { RedisLink } from '../redis/redis-link.js';
import { iso } from '../time/iso.js';
import { HealthDetails } from './health-details.js';
import { Troubles } from './troubles.js';

/**
 * Health checks for balancers and orchestrators. Live: the process answers. Ready: the process takes requests, from
 * the moment at which it has loaded the catalog of its fleet, as far as that was possible in 10 s, until the shutdown
 * begins. Trouble with HSS, IAM, the credential or Redis shows at /health and leaves the instance ready: all instances
 * have the same trouble, and cached answers help.
 */
@Controller('health')
export class HealthController {
  constructor(
    @Optional() @Inject(REDIS) private readonly redis: RedisLink | null,
    private readonly replay: CatalogReplay,
    private readonly troubles: Troubles,
    private readonly details: HealthDetails,
    private readonly closing: GracefulClose,
  ) {}

  /** Words and times for everybody; numbers and names for a key of the scope `watch`. */
  @Get()
  @ApiOperation({ operationId: 'getHealth' })
  health(@Req() { context }: FastifyRequest): object {
    const redis = !this.redis ? 'not-configured' : this.redis.isUp ? 'up' : 'down';
    const reasons = this.troubles.now();
    const since = reasons.length > 0 ? Math.min(...reasons.map((reason) => reason.since)) : null;
    return {
      status: reasons.length > 0 ? 'degraded' : 'ok',
      since: iso(since),
      reasons: reasons.map((reason) => ({ ...reason, since: iso(reason.since) })),
      redis,
      ...(context && hasScope(context.principal.consumer, 'watch') ? { details: this.details.now() } : {}),
    };
  }

  @Get('live')
  @ApiOperation({ operationId: 'getLiveness' })
  live(): object {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ operationId: 'getReadiness' })
  ready(@Res({ passthrough: true }) reply: FastifyReply): object {
    const { isStarting } = this.replay;
    const { isEnding } = this.closing;
    if (isEnding || isStarting) void reply.code(503).header('retry-after', '5');
    if (isEnding) return { status: 'stopping' };
    return isStarting ? { status: 'starting', waitingFor: 'catalog' } : { status: 'ok' };
  }
}
