import { atMost, type Finding } from './findings.js';
import { consumers, Fleet, type Scale } from './fleet.js';

/** A fleet whose budget never limits, ready to make calls side by side. */
export async function startCacheFleet(scale: Scale): Promise<Fleet> {
  const { members, cache } = scale;
  const fleet = await Fleet.start(
    // A shorter deadline could run out while a busy machine stalls.
    { members, deadlineMs: 15_000, limit: cache.limit },
    {
      HSS_RATE_TOTAL: `${cache.limit.limit}/${cache.limit.windowMs / 1_000}s`,
      TTL_LISTS: `${cache.freshMs}ms`,
      TTL_CONTENT: `${cache.freshMs}ms`,
    },
  );
  // Until HSS has accepted the credential once, the whole fleet sends one call at a time.
  for (const [index, { url }] of fleet.members.entries()) {
    const path = `/v1/registry-images?name=accepted-${index}`;
    const answer = await fetch(url + path, { headers: { 'X-API-Key': consumers[0]!.key } });
    await answer.arrayBuffer();
  }
  return fleet;
}

/** The check as a whole, with a fleet of its own. */
export function inCacheFleet(
  check: (fleet: Fleet, scale: Scale) => Promise<Finding[]>,
): (scale: Scale) => Promise<Finding[]> {
  return async (scale) => {
    const fleet = await startCacheFleet(scale);
    try {
      const findings = await check(fleet, scale);
      return [...findings, atMost('lines on stderr or errors in the logs', fleet.complaints.length, 0)];
    } finally {
      await fleet.end();
    }
  };
}
