import type { RedisLink } from '../redis/redis-link.js';
import { Reply } from '../redis/reply.js';
import { encodeMessage, fleetChannel, fleetKeys } from './fleet-messages.js';
import { everything, mostPurges } from './purges.js';

/** An instance whose last heartbeat is older need not acknowledge a purge. */
export const deadAfterMs = 3_000;
export const keepPurgesMs = 60 * 24 * 3_600_000;

/*
 * The Redis scripts for purges and heartbeats; run by FleetPurges and FleetNews. KEYS are the table of purged tags,
 * the number of the last purge, and the instances by the time of their last heartbeat. The scripts replace a damaged
 * key, because otherwise the instances could never agree again.
 */
const common = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function failed(reply) return type(reply) == 'table' and reply.err ~= nil end
-- 'nan' and 'inf' are numbers for Lua, and would stay for ever.
local function number(reply) return type(reply) == 'string' and string.match(reply, '^%d+$') and tonumber(reply) or 0 end
local last = number(redis.pcall('GET', KEYS[2]))
local function setLast(generation, ttl)
  last = generation
  redis.call('SET', KEYS[2], string.format('%.0f', generation), 'PX', ttl)
end
local function note(tag, all, ttl)
  if tag == all then redis.call('DEL', KEYS[1]) end
  redis.call('HSET', KEYS[1], tag, string.format('%.0f', last))
  redis.call('PEXPIRE', KEYS[1], ttl)
end`;

/**
 * ARGV: number of the last purge that this instance knows, tag to purge, largest number of tags in the table, tag
 * that stands for everything, time to live, time in ms without a heartbeat after which an instance is dead.
 * @returns the number of this purge, and the live instances, which must acknowledge it. An instance that starts
 * later finds the purge in the table.
 */
const purgeScript = `${common}
local known, tag, most, all, ttl, deadAfter = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
-- The count of purges starts at the present time: after Redis has lost the count, no number comes twice.
setLast(math.max(last, known, last == 0 and known == 0 and now or 0) + 1, ttl)
local tags = redis.pcall('HLEN', KEYS[1])
if failed(tags) or tags >= most then tag = all end
note(tag, all, ttl)
local live = redis.pcall('ZRANGEBYSCORE', KEYS[3], now - deadAfter, '+inf')
if failed(live) then live = {} end
table.insert(live, 1, last)
return live`;

/**
 * ARGV: number of the last purge that this instance knows, whether the instance wants the table even without a new
 * purge, tag that stands for everything, time to live, time in ms without a heartbeat after which an instance is
 * dead, name of the instance, channel, message.
 * @returns the number of the last purge, and the table if the number differs or the instance wants the table. If
 * Redis's number is below the known number, Redis has lost its last writes. Entries that the lost purges voided may
 * be back, so the script records a purge of everything.
 */
const syncScript = `${common}
local known, wants, all, ttl, deadAfter, name = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local noted = redis.pcall('ZADD', KEYS[3], now, name)
if failed(noted) then
  if not string.find(noted.err, 'WRONGTYPE', 1, true) then return noted end
  redis.call('DEL', KEYS[3])
  redis.call('ZADD', KEYS[3], now, name)
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - 10 * deadAfter)
redis.call('PEXPIRE', KEYS[3], 60000)
redis.call('PUBLISH', ARGV[7], ARGV[8])
if last < known then
  setLast(known, ttl)
  note(all, all, ttl)
end
local reply = {last}
if last == known and wants == '0' then return reply end
local tags = redis.pcall('HGETALL', KEYS[1])
if failed(tags) then
  note(all, all, ttl)
  tags = {all, string.format('%.0f', last)}
end
for _, value in ipairs(tags) do reply[#reply + 1] = value end
return reply`;

/**
 * Notes a purge of the tag. `known`: number of the last purge that this instance knows.
 * @returns the number of this purge, and the live instances. @throws RedisUnavailable, or Redis's own error reply.
 */
export async function purgeInFleet(
  redis: RedisLink,
  tag: string,
  known: number,
): Promise<{ generation: number; instances: string[] }> {
  const args = [known, tag, mostPurges, everything, keepPurgesMs, deadAfterMs];
  const reply = new Reply(
    await redis.run((client) => client.eval(purgeScript, 3, ...fleetKeys(redis), ...args)),
  );
  return { generation: reply.number(), instances: reply.texts() };
}

/**
 * Sends a heartbeat. @returns the number of the last purge, and the table of purged tags when that number is not
 * `known` or the instance wants the table. @throws like `purgeInFleet`.
 */
export async function syncWithFleet(
  redis: RedisLink,
  { instance, known, wantsTable }: { instance: string; known: number; wantsTable: boolean },
): Promise<{ generation: number; table: [tag: string, generation: number][] }> {
  const here = encodeMessage(['here', known, instance]);
  const args = [known, wantsTable ? 1 : 0, everything, keepPurgesMs, deadAfterMs, instance];
  const reply = new Reply(
    await redis.run((client) =>
      client.eval(syncScript, 3, ...fleetKeys(redis), ...args, fleetChannel(redis), here),
    ),
  );
  const generation = reply.number();
  // A purge whose number cannot be read counts as the last one: no purge is missed.
  const numberOf = (at: string) => (/^\d{1,16}$/.test(at) ? Number(at) : generation);
  return { generation, table: reply.pairs().map(([tag, at]) => [tag, numberOf(at)]) };
}
