/** The results of a long check: single findings, findings that several checks share, and the printed table. */
import type { Journal } from '../../emulator/traffic/journal.js';
import type { Limit } from '../../src/budget/account.js';
import type { Seen } from './demand.js';
import { apis, type Api, type Scale } from './fleet.js';

/** One line of a check's table. */
export interface Finding {
  what: string;
  measured: string;
  target: string;
  isMet: boolean;
}

export const atMost = (what: string, measured: number, target: number): Finding => ({
  what,
  measured: text(measured),
  target: `≤ ${text(target)}`,
  isMet: measured <= target,
});

export const atLeast = (what: string, measured: number, target: number): Finding => ({
  what,
  measured: text(measured),
  target: `≥ ${text(target)}`,
  isMet: measured >= target,
});

/** A figure for information, without a target. */
export const noted = (what: string, measured: number | string): Finding => ({
  what,
  measured: typeof measured === 'number' ? text(measured) : measured,
  target: '',
  isMet: true,
});

function text(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}

/** The promise of the budget, checked with the emulator's journal. */
export function withinRate(journal: Journal, { limit, windowMs }: Limit): Finding[] {
  const rejected = journal.calls().filter(({ outcome }) => outcome === 429).length;
  const busiest = Math.max(...apis.map((api) => journal.busiestWindow(windowMs, api)));
  return [
    atMost('429s', rejected, 0),
    atMost('calls of one API in any window', busiest, limit),
    noted('least time to spare before a window was over (ms)', leastHeadroomMs(journal, { limit, windowMs })),
  ];
}

/**
 * The least time by which a call came later than allowed. A call is allowed one window after the call that came `limit`
 * calls before. The budget's margin keeps this time positive.
 */
function leastHeadroomMs(journal: Journal, { limit, windowMs }: Limit): number {
  const headrooms = apis.flatMap((api) => {
    const times = admittedTimes(journal, api);
    return times.slice(limit).map((at, index) => at - times[index]! - windowMs);
  });
  return Math.min(...headrooms);
}

export function admittedTimes(journal: Journal, api: Api): number[] {
  return journal
    .calls(api)
    .filter(({ admitted }) => admitted)
    .map(({ clockMs }) => clockMs)
    .sort((a, b) => a - b);
}

/** How many of the repeated requests got data, in percent. */
function keptPercent(seen: readonly Seen[]): number {
  const repeats = seen.filter(({ isRepeat }) => isRepeat);
  const kept = repeats.filter(({ status }) => status === 200).length;
  return repeats.length === 0 ? 100 : (100 * kept) / repeats.length;
}

export function isShareKept(seen: readonly Seen[], { leastShare }: Scale): boolean {
  return keptPercent(seen) >= 100 * leastShare;
}

/** Every answer is data or an honest 503, and a request that is repeated after Retry-After gets data. */
export function honestAnswers(seen: readonly Seen[], { leastShare, mayRunOut }: Scale): Finding[] {
  const odd = seen.filter(
    ({ status, code, retryAfterMs }) =>
      status !== 200 &&
      !(status === 503 && code === 'upstream-throttled' && retryAfterMs !== null) &&
      !(status === 504 && code === 'deadline-exceeded' && mayRunOut) &&
      // Calls that ran out of time count as failures of HSS.
      !(status === 503 && code === 'upstream-unavailable' && mayRunOut),
  );
  const count = (status: number) => seen.filter((one) => one.status === status).length;
  return [
    noted('answers: 200 / 503', `${count(200)} / ${count(503)}`),
    {
      ...atMost('other answers', odd.length, 0),
      ...(odd.length > 0 && { measured: `${odd.length}: ${[...new Set(odd.map(wordOf))].join(', ')}` }),
    },
    noted('asked again as told', seen.filter(({ isRepeat }) => isRepeat).length),
    atLeast('of these 200 (%)', keptPercent(seen), 100 * leastShare),
  ];
}

function wordOf({ status, code }: Seen): string {
  return `${status} ${code ?? ''}`;
}

export function table(name: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.map(
    ({ what, measured, target, isMet }) =>
      `  ${isMet ? ' ' : '✗'} ${what.padEnd(width)}  ${measured.padStart(10)}  ${target}`,
  );
  return [name, ...lines, ''].join('\n');
}
