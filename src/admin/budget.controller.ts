import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { hssApis } from '../hss/hss-call.js';
import { CallBudget } from '../budget/call-budget.js';
import type { BudgetSnapshot } from '../budget/snapshot.js';

/** Shows the state of the call budget to operators. Needs the scope `watch`. */
@Controller('v1/admin/budget')
export class BudgetController {
  constructor(private readonly budget: CallBudget) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getBudget' })
  async show(): Promise<{ apis: BudgetSnapshot[] }> {
    return { apis: await this.budget.snapshot(hssApis) };
  }
}
