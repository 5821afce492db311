import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { FaceCaller } from './face-access.js';

/** Injects the caller that the signature proved. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): FaceCaller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('A route without FaceAccess has no caller');
  return caller;
});
