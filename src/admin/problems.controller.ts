import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { NoQuery } from '../http/no-query.js';
import { RecentProblems } from '../http/recent-problems.js';
import { iso } from '../time/iso.js';

/** Shows operators which requests got no answer lately. Needs the scope `watch`. */
@Controller('v1/admin/problems')
export class ProblemsController {
  constructor(private readonly problems: RecentProblems) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'listRecentProblems' })
  show(@Query() _query: NoQuery): object {
    return { items: this.problems.newestFirst.map((problem) => ({ ...problem, at: iso(problem.at) })) };
  }
}
