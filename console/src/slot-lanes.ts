/** The calls of one API as lanes in time: what a strip of slots draws. Pure. */
import type { Schemas } from '../../clients/typescript/src/index.js';

type Api = Schemas['Budget']['apis'][number];

export interface Span {
  kind: 'used' | 'promised';
  /** In ms since 1970. */
  from: number;
  until: number;
}

/** The slots of a window, a lane each. A lane holds the calls that use the slot one after another. */
export interface Lanes {
  lanes: Span[][];
  /** Lanes for calls that lost instances may still make. */
  reserved: number;
  /** The time until which no call is made, in ms; undefined when calls are made. */
  pausedUntil: number | undefined;
}

/** A call stays in its lane until it stops to count; a promised call takes the first lane that is free by then. */
export function lanesOf({ limit, reserved, calls, promisedAt, windowMs, pausedUntil, breaker }: Api): Lanes {
  const lanes = Array.from({ length: limit }, (): Span[] => []);
  const used = calls.map(({ grantedAt, freeAt }): Span => ({
    kind: 'used',
    from: Date.parse(grantedAt),
    until: Date.parse(freeAt),
  }));
  const promised = promisedAt.map((at): Span => {
    const from = Date.parse(at);
    return { kind: 'promised', from, until: from + windowMs };
  });
  for (const span of [...used, ...promised]) {
    const free = lanes.filter((lane) => (lane.at(-1)?.until ?? 0) <= span.from);
    (free[0] ?? soonest(lanes))?.push(span);
  }
  const stops = [pausedUntil, breaker.state === 'closed' ? null : breaker.openUntil].flatMap((stop) =>
    stop === null ? [] : [Date.parse(stop)],
  );
  return { lanes, reserved, pausedUntil: stops.length > 0 ? Math.max(...stops) : undefined };
}

/** Times are estimates, so a promise can begin a little before its slot is free. */
function soonest(lanes: readonly Span[][]): Span[] | undefined {
  return lanes.toSorted((a, b) => (a.at(-1)?.until ?? 0) - (b.at(-1)?.until ?? 0))[0];
}
