import { Controller, Get, Inject, Req, UseFilters, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { sha256 } from '../signing/canonical-form.js';
import { FaceAccess, FACE_SETTINGS, type FaceSettings } from './face-access.js';
import { FaceErrors } from './face-errors.filter.js';

/**
 * The two calls of IAM that official clients make before their first call of HSS. Both name the one project that this
 * service serves.
 */
@Controller('v3')
@ApiExcludeController()
@UseGuards(FaceAccess)
@UseFilters(FaceErrors)
export class IdentityController {
  constructor(@Inject(FACE_SETTINGS) private readonly settings: FaceSettings) {}

  /** Clients look a project up by the name of its region, and want exactly one. */
  @Get('projects')
  projects(@Req() request: FastifyRequest): object {
    const { name } = request.query as { name?: string | string[] };
    const { projectId, region } = this.settings;
    const project = { id: projectId, name: region, domain_id: this.#domainId, enabled: true };
    return { projects: name === undefined || name === region ? [project] : [], links: {} };
  }

  @Get('auth/domains')
  domains(): object {
    return { domains: [{ id: this.#domainId, name: 'hss-bff', enabled: true }], links: {} };
  }

  /** The service does not know the real domain. Clients only carry the id along, so it needs to be stable and an id. */
  get #domainId(): string {
    return sha256(this.settings.projectId).slice(0, 32);
  }
}
