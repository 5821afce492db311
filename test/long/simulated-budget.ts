/** The call budget over many drawn histories of a simulated fleet: what no real hour can meet. */
import { liveThrough } from '../support/ledger-histories.js';
import { atMost, noted, type Finding } from './findings.js';

export async function simulatedBudget(histories: number): Promise<Finding[]> {
  let calls = 0;
  const exceeded: string[] = [];
  for (let seed = 1; seed <= histories; seed += 1) {
    const outcome = await liveThrough(seed);
    calls += outcome.calls;
    if (outcome.busiest > outcome.limit)
      exceeded.push(`seed ${seed}: ${outcome.busiest} calls, limit ${outcome.limit}`);
  }
  return [
    noted('histories', histories),
    noted('calls', calls),
    atMost('histories with a window above the limit', exceeded.length, 0),
    ...exceeded.slice(0, 3).map((line) => noted('', line)),
  ];
}
