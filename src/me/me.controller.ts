import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { scopes } from '../consumers/consumer.js';
import { Rates, type RateState } from '../consumers/rates.js';
import { Context } from '../http/context.decorator.js';
import { NoQuery } from '../http/no-query.js';
import type { RequestContext } from '../http/request-context.js';
import { iso } from '../time/iso.js';

/** Tells a consumer who it is and what it may do. Needs a key, and no scope. */
@Controller('v1/me')
export class MeController {
  constructor(private readonly rates: Rates) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getMe' })
  async show(@Query() _query: NoQuery, @Context() { principal }: RequestContext): Promise<object> {
    const { consumer, keyId, expiresAt } = principal;
    return {
      consumer: consumer.id,
      keyId,
      expiresAt: iso(expiresAt),
      scopes: scopes.filter((scope) => consumer.scopes.has(scope)),
      // Null: all namespaces.
      namespaces: consumer.view.namespaces?.texts ?? null,
      rate: shown(await this.rates.left(consumer)),
    };
  }
}

function shown({ requests, concurrent, upstream }: Awaited<ReturnType<Rates['left']>>): object {
  return { requests: requests && inSeconds(requests), concurrent, upstream: upstream && inSeconds(upstream) };
}

function inSeconds({ share: { limit, windowMs }, remaining, resetMs }: RateState): object {
  return { limit, windowSeconds: windowMs / 1000, remaining, resetSeconds: Math.ceil(resetMs / 1000) };
}
