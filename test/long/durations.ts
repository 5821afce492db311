/** Whether an image of another consumer takes as long as an image that is not there. */
import { atMost, type Finding } from './findings.js';

/** Compares the durations of both sides: for all pairs together, and for the kind of pair that differs most. */
export async function durations(
  ask: (path: string) => Promise<unknown>,
  asked: readonly (readonly [string, string])[],
  count: number,
): Promise<Finding[]> {
  const kinds = asked.map((pair) => ({ pair, times: [[], []] as [number[], number[]] }));
  for (let at = 0; at < count; at += 1) {
    const { pair, times } = kinds[at % kinds.length]!;
    // The order changes in each kind, so that no side always comes second.
    for (const side of Math.floor(at / kinds.length) % 2 === 0 ? [0, 1] : [1, 0]) {
      const startedAt = performance.now();
      await ask(pair[side]!);
      times[side]!.push(performance.now() - startedAt);
    }
  }
  // One kind takes many times as long as another kind, so the durations of each kind are put in its own unit.
  const inUnits = kinds.map(({ times }) => {
    const unit = median(times.flat());
    return times.map((side) => side.map((ms) => ms / unit));
  });
  const both = [0, 1].map((side) => inUnits.flatMap((times) => times[side]!));
  const ofKinds = inUnits.map(([yours, nobodys], at) => ({
    path: kinds[at]!.pair[0],
    percent: apart(yours!, nobodys!),
  }));
  const worst = ofKinds.reduce((most, one) => (one.percent > most.percent ? one : most));
  return [
    atMost('difference of the medians (%)', apart(both[0]!, both[1]!), 5),
    atMost(`difference of the medians of ${worst.path} (%)`, worst.percent, 25),
  ];
}

/** The difference of the medians in percent. */
function apart(times: number[], others: number[]): number {
  return Math.abs(median(times) / median(others) - 1) * 100;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
