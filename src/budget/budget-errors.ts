/** No call can be had in time. Not a failure of HSS, and never shared or stored as one. */
export class BudgetRefused extends Error {
  constructor(
    readonly because: 'budget' | 'breaker',
    /** Wall time in ms at which it is this one's turn. */
    readonly retryAt: number,
  ) {
    super(
      because === 'budget'
        ? 'The call budget has no call to spare in time'
        : 'HSS keeps failing and is left alone',
    );
    this.name = 'BudgetRefused';
  }
}

/** Nobody waits for the result any more, and nothing was sent for it. */
export class Unwanted extends Error {
  constructor() {
    super('Nobody waits for this any more');
    this.name = 'Unwanted';
  }
}
