/** No call is possible in time. This is no failure of HSS: it is never shared with other instances, never stored. */
export class BudgetRefused extends Error {
  constructor(
    readonly because: 'budget' | 'breaker',
    /** Wall time in ms of the turn that this caller can have. */
    readonly retryAt: number,
  ) {
    super(
      because === 'budget'
        ? 'The call budget has no free call in time'
        : 'HSS keeps failing, so no call is made for a while',
    );
    this.name = 'BudgetRefused';
  }
}

/** No caller waits for the result any more, and no call was sent for it. */
export class Unwanted extends Error {
  constructor() {
    super('No caller waits for this result any more');
    this.name = 'Unwanted';
  }
}
