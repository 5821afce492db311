import type { Bound } from '../tables/statements.js';

/** Collects the values of a query. The text holds only their numbers. */
export class Bindings {
  readonly values: Bound[] = [];

  add(value: Bound, type: 'INTEGER' | 'BIGINT' | 'VARCHAR' | 'BOOLEAN' | 'INTEGER[]' | 'BIT'): string {
    this.values.push(type === 'BIGINT' ? BigInt(value as number) : value);
    return `$${this.values.length}::${type}`;
  }
}
