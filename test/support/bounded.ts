import { createContext, runInContext } from 'node:vm';

/** Far longer than any work of the rules takes, on any machine. */
const limitMs = 60_000;

/** Runs synchronous work. @throws when the work never ends, in place of freezing the test process. */
export function bounded<T>(work: () => T): T {
  return runInContext('work()', createContext({ work }), { timeout: limitMs }) as T;
}
