/** The pairs of time filters of HSS's two lists, each with the rule that HSS has for incomplete pairs. Times in ms. */
import { invalid } from './gateway-error.js';

type Query = Readonly<Record<string, string | undefined>>;

/** A missing start is 0. A missing end is the moment of the call, which is no part of the cache's key. */
export function registryTimes(
  query: Query,
  now: number,
): { times: Record<string, string>; openEnds: string[] } {
  const times: Record<string, string> = {};
  const openEnds: string[] = [];
  for (const kind of ['update', 'sync', 'scan']) {
    const [startName, endName] = [`start_latest_${kind}_time`, `end_latest_${kind}_time`];
    const [start, end] = [query[startName], query[endName]];
    if (start === undefined && end === undefined) continue;
    if (BigInt(start ?? 0) > BigInt(end ?? now)) throw invalid(`${startName} must not be after ${endName}`);
    times[startName] = start ?? '0';
    if (end === undefined) openEnds.push(endName);
  }
  return { times, openEnds };
}

/** Any pair but a start before an end filters nothing. An end of 0 means "not set". */
export function localTimes(query: Query): Record<string, undefined> {
  const ignored: Record<string, undefined> = {};
  for (const kind of ['update', 'scan']) {
    const [startName, endName] = [`start_latest_${kind}_time`, `end_latest_${kind}_time`];
    const [start, end] = [query[startName], query[endName]];
    const isPair = start !== undefined && end !== undefined && BigInt(start) < BigInt(end);
    if (!isPair) Object.assign(ignored, { [startName]: undefined, [endName]: undefined });
  }
  return ignored;
}
