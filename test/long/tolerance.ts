/**
 * The bounds of the long checks that depend on how fast the machine is, for two machines. `quiet` is what the service
 * promises, measured on a machine with nothing else to do. `busy` is for `npm test`: a machine that may be several
 * times slower and may stall for a second. Bounds for the busy machine only tell a thing that never happens from a
 * thing that happens late; the long form measures how late.
 */
export interface Tolerance {
  /** Calls of a crowd that may be made while a single request of another consumer waits. A busy machine queues it late. */
  mostInFront: number;
  /** Share of the possible calls that must be made, and of the promised answers that must come. */
  leastShare: number;
  /** Whether demand goes on until that share is reached. A busy machine may do nothing in the time that a check has. */
  goesOn: boolean;
  /** Whether deadlines of a few seconds may run out, as they do while a machine stalls. */
  mayRunOut: boolean;
  /** Percent of a core that an instance uses at rest. A short rest on a busy machine shows only one that never rests. */
  mostAtRest: number;
  /** Time that a stall may add to any wait. A wait with this much added still differs from a wait caused by a fault. */
  slackMs: number;
}

export interface CacheTolerance {
  /** Calls of HSS, as a multiple of the lower bound. A busy machine takes longer than the 50 ms that Redis has. */
  mostOfBound: number;
  /** Share of requests that may be refused: an instance that stalls loses its Redis and holds calls back. */
  mostRefused: number;
  /** p99 of the time that a purge takes. */
  purgeWithinMs: number;
  /** Purges that some instance may acknowledge too late. */
  mostUnheard: number;
  /** Time until all instances agree again after Redis has come back. */
  agreedWithinMs: number;
  /** Time by which the wait for a cached value may grow while Redis is away. */
  addedMs: number;
  /** Requests under way at a time. A busy machine gets fewer requests, since a queue would grow without an end. */
  mostOpen: number;
  /** Growth of the heap in the second half of the simulated day. */
  heapGrowthBytes: number;
}

export const quiet: { fleet: Tolerance; cache: CacheTolerance } = {
  fleet: { mostInFront: 2, leastShare: 0.95, goesOn: false, mayRunOut: false, mostAtRest: 1, slackMs: 0 },
  cache: {
    mostOfBound: 1.02,
    mostRefused: 0,
    purgeWithinMs: 100,
    mostUnheard: 0,
    agreedWithinMs: 2_000,
    addedMs: 50,
    mostOpen: Infinity,
    heapGrowthBytes: 2 * 1024 * 1024,
  },
};

export const busy: { fleet: Tolerance; cache: CacheTolerance } = {
  fleet: {
    mostInFront: 30,
    leastShare: 0.1,
    goesOn: true,
    mayRunOut: true,
    mostAtRest: 50,
    // A trial call that fails with its connection is followed by a pause of ten seconds.
    slackMs: 30_000,
  },
  cache: {
    mostOfBound: 1.5,
    mostRefused: 0.5,
    purgeWithinMs: 30_000,
    mostUnheard: 30,
    agreedWithinMs: 60_000,
    addedMs: 30_000,
    mostOpen: 8,
    heapGrowthBytes: 8 * 1024 * 1024,
  },
};
