import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { hssApis } from '../hss/hss-call.js';
import { CallBudget } from '../budget/call-budget.js';
import { NoQuery } from '../http/no-query.js';
import type { BudgetSnapshot } from '../budget/snapshot.js';

interface ApiState extends BudgetSnapshot {
  /** Of this instance since the start. */
  promises: { made: number; kept: number; broken: number };
}

/** Shows the state of the call budget to operators. Needs the scope `watch`. */
@Controller('v1/admin/budget')
export class BudgetController {
  constructor(private readonly budget: CallBudget) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getBudget' })
  async show(@Query() _query: NoQuery): Promise<{ apis: ApiState[] }> {
    const snapshots = await this.budget.snapshot(hssApis);
    return {
      apis: snapshots.map((snapshot) => {
        const { promised, kept, broken } = this.budget.counts(snapshot.api);
        return { ...snapshot, promises: { made: promised, kept, broken } };
      }),
    };
  }
}
