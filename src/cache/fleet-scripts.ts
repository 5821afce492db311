/*
 * What the fleet has of purges in Redis: KEYS are the table of tags, the number of the last purge, and the instances by
 * when they were heard of. Whatever stands there and is not of ours is replaced: one damaged key must not keep
 * the fleet from agreeing for ever.
 */
const common = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function failed(reply) return type(reply) == 'table' and reply.err ~= nil end
local function number(reply) return type(reply) == 'string' and tonumber(reply) or 0 end
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
 * ARGV: the last purge this instance knows, tag, most tags, the tag of everything, time to live, when an instance is
 * dead. @returns the purge's number, and who must have heard of it: whoever comes later finds it in the table.
 */
export const purgeScript = `${common}
local known, tag, most, all, ttl, deadAfter = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
-- Counts from the time on: a Redis that has lost its number must not give one a second time.
setLast(math.max(last, known, last == 0 and known == 0 and now or 0) + 1, ttl)
local tags = redis.pcall('HLEN', KEYS[1])
if failed(tags) or tags >= most then tag = all end
note(tag, all, ttl)
local live = redis.pcall('ZRANGEBYSCORE', KEYS[3], now - deadAfter, '+inf')
if failed(live) then live = {} end
table.insert(live, 1, last)
return live`;

/**
 * ARGV: the last purge this instance knows, whether it wants the table anyway, the tag of everything, time to live, when
 * an instance is dead, its name, channel and message. @returns the number of the last purge, and the table when that is
 * news. A number below the known one belongs to a Redis that has lost its last writes: what they voided may be back.
 */
export const syncScript = `${common}
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
