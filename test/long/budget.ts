/** Long checks of the rate: a fleet under full demand, at rest and while processes die. */
import { setTimeout as sleep } from 'node:timers/promises';
import { demand } from './demand.js';
import { apis, Fleet, type Scale } from './fleet.js';
import {
  admittedTimes,
  atLeast,
  atMost,
  honestAnswers,
  isShareKept,
  noted,
  withinRate,
  type Finding,
} from './findings.js';
import { watchEnds } from './jitter.js';

/** Four processes under full demand: no call exceeds the rate, and hardly any possible call is missed. */
export async function budget(scale: Scale): Promise<Finding[]> {
  const fleet = await Fleet.start(scale);
  try {
    const { limit, windowMs } = scale.limit;
    const ends = watchEnds(fleet);
    const startedAt = Date.now();
    const { journal } = fleet.emulator;
    const usedUntil = (end: number) =>
      Math.min(...apis.map((api) => admittedTimes(journal, api).filter((at) => at < end).length));
    const possible = limit * Math.floor(scale.forMs / windowMs);
    const least = scale.leastShare * possible;
    const seen = await demand({
      urlOf: inTurn(fleet),
      forMs: scale.forMs,
      until: (soFar) => !scale.goesOn || (usedUntil(Infinity) >= least && isShareKept(soFar, scale)),
    });
    const used = usedUntil(scale.goesOn ? Infinity : startedAt + scale.forMs);
    const jitter = await ends.stop();
    return [
      ...withinRate(journal, scale.limit),
      atLeast(`calls of the API used least, of ${possible}`, used, least),
      ...honestAnswers(seen, scale),
      ...jitter,
      atMost('lines on stderr or errors in the logs', fleet.complaints.length, 0),
      ...fleet.complaints.slice(0, 3).map((line) => noted('', line)),
    ];
  } finally {
    await fleet.end();
  }
}

/** The same demand while members die, a member joins, and Redis loses all data once. */
export async function kills(scale: Scale): Promise<Finding[]> {
  const fleet = await Fleet.start(scale);
  try {
    const ended = new AbortController();
    const asking = demand({ urlOf: inTurn(fleet), forMs: scale.forMs }).finally(() => ended.abort());
    for (let turn = 0; !ended.signal.aborted; turn += 1) {
      await sleep(scale.mishapEveryMs);
      await mishaps[turn % mishaps.length]!(fleet);
    }
    const seen = await asking;
    const count = (status: number) => seen.filter((one) => one.status === status).length;
    const { journal } = fleet.emulator;
    return [
      ...withinRate(journal, scale.limit),
      noted('calls of each API', apis.map((api) => admittedTimes(journal, api).length).join(' ')),
      noted('answers: 200 / 503 / broken', `${count(200)} / ${count(503)} / ${count(0)}`),
      atMost('lines on stderr or errors in the logs', fleet.complaints.length, 0),
    ];
  } finally {
    await fleet.end();
  }
}

const mishaps = [replace, loseRedis, replace, grow, replace, replace];

async function replace(fleet: Fleet): Promise<void> {
  await fleet.kill(fleet.members[0]!);
  await fleet.join();
}

async function grow(fleet: Fleet): Promise<void> {
  await fleet.join();
  await replace(fleet);
}

/** Redis comes back empty, and a member dies at the same time. */
async function loseRedis(fleet: Fleet): Promise<void> {
  await Promise.all([replace(fleet), fleet.redis.restart()]);
}

function inTurn(fleet: Fleet): () => string {
  let turn = 0;
  return () => {
    const ready = fleet.members.filter(({ url }) => url !== '');
    return ready[(turn += 1) % ready.length]?.url ?? '';
  };
}
