/** What FleetNews has Redis do, as Lua. KEYS: purges, generation, instances; of `live` only the last. */

/** A number below one that an instance knows belongs to a Redis that has lost it. */
export const purgeScript = `
local generation = math.max(redis.call('INCR', KEYS[2]), tonumber(ARGV[1]) + 1)
redis.call('SET', KEYS[2], string.format('%.0f', generation), 'PX', ARGV[5])
local tag = ARGV[2]
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then tag = ARGV[4] end
if tag == ARGV[4] then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], tag, string.format('%.0f', generation))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return generation`;

export const liveScript = `
local t = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[1], '+inf')`;

/** The table only when it holds news. */
export const syncScript = `
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[3], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - 10 * ARGV[3])
redis.call('PEXPIRE', KEYS[3], 60000)
redis.call('PUBLISH', ARGV[5], ARGV[6])
local generation = tonumber(redis.call('GET', KEYS[2]) or '0')
if generation < tonumber(ARGV[2]) then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[4])
  generation = tonumber(ARGV[2])
end
local reply = {generation}
if generation > tonumber(ARGV[2]) then
  for _, value in ipairs(redis.call('HGETALL', KEYS[1])) do reply[#reply + 1] = value end
end
return reply`;
