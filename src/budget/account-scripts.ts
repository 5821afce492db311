/**
 * The Lua scripts of AccountStore. The scripts compare, count and store, but know nothing of the content of an
 * account. KEYS: 1 the members (a hash of signs of life), 2 the account (a hash of version and account), 3 the API's
 * total (a sorted set of calls by time). The look has the accounts of all APIs from 2 on, and no total.
 */

/** Redis keeps the keys for this long. The settings allow no window of this length. */
const keepMs = 2 * 24 * 3_600_000;

const nowScript = `
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** Stores a member's sign of life: Redis's time, then the text from membership.ts. */
const signScript = `
local function sign(name, text)
  if name ~= '' then redis.call('HSET', KEYS[1], name, string.format('%.0f', now) .. ' ' .. text) end
end`;
/**
 * A command that reaches Redis later than this after it was sent gives no sign of life and changes no account: its
 * sender may have given up waiting, and may be calling without Redis.
 */
export const freshMs = 500;
/**
 * The beginning of each reading. It gives a sign of life, and begins the reply: Redis's time, the name of the server,
 * and whether Redis listed the instance before.
 * ARGV: 1 the instance (empty: no sign of life), 2 the text of the sign of life, 3 the age in ms from which a member is
 * forgotten, 4 the time of sending.
 */
const greetScript = `${nowScript}${signScript}
-- A value of another kind counts as lost.
local function clean(command, key, ...)
  local found = redis.pcall(command, key, ...)
  if type(found) == 'table' and string.find(found.err or '', 'WRONGTYPE') then redis.call('DEL', key) end
end
clean('HEXISTS', KEYS[1], '')
local wasMember = ARGV[1] ~= '' and redis.call('HEXISTS', KEYS[1], ARGV[1]) or 1
if math.abs(now - ARGV[4]) <= ${freshMs} then sign(ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ${keepMs})
-- A reply ends at its first nil, so a field that the server hides needs a value.
local home = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local reply = {now, home, wasMember}`;

/** The end of each reading: the members and their signs of life. */
const membersScript = `
local members = redis.call('HGETALL', KEYS[1])
for i = 1, #members, 2 do
  if now - (tonumber(string.match(members[i + 1], '^%d+')) or 0) > tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], members[i])
  else
    reply[#reply + 1] = members[i]
    reply[#reply + 1] = members[i + 1]
  end
end
return reply`;

/** Looks whether accounts have changed: the reply holds the version of each, empty if there is no account. */
export const lookScript = `${greetScript}
for i = 2, #KEYS do
  clean('HEXISTS', KEYS[i], '')
  reply[#reply + 1] = redis.call('HGET', KEYS[i], 'version') or ''
  redis.call('PEXPIRE', KEYS[i], ${keepMs})
end
${membersScript}`;

/**
 * Reads one account: its version, its text, the calls in the API's total, and the time of the oldest of them.
 * ARGV: 1 to 4 as above, 5 the window of the API's total in ms.
 */
export const readScript = `${greetScript}
clean('HEXISTS', KEYS[2], '')
clean('ZCARD', KEYS[3])
redis.call('PEXPIRE', KEYS[2], ${keepMs})
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[5])
local account = redis.call('HMGET', KEYS[2], 'version', 'account')
reply[4] = account[1]
reply[5] = account[2]
reply[6] = redis.call('ZCARD', KEYS[3])
reply[7] = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2] or '0'
${membersScript}`;

/**
 * Writes the account and returns 1. Returns 0 and writes nothing if the account was changed since the reading, if the
 * reading is older than half a second, or if new calls would exceed the total. A call's time in the total is the `from` of
 * its slot.
 * ARGV: 1 the version that was read, 2 the new version, 3 the account, 4 the instance, 5 the text of the sign of
 * life, 6 the window of the total in ms, 7 the number of pairs below, 8 the time of the reading, 9 the number of
 * new calls, 10 the limit of the total; then pairs of time and id for counting calls, then ids of calls that were
 * never made.
 */
export const writeScript = `${nowScript}${signScript}
if (redis.call('HGET', KEYS[2], 'version') or '') ~= ARGV[1] then return 0 end
if math.abs(now - ARGV[8]) > ${freshMs} then return 0 end
if tonumber(ARGV[9]) > 0 and redis.call('ZCARD', KEYS[3]) + ARGV[9] > tonumber(ARGV[10]) then return 0 end
redis.call('HSET', KEYS[2], 'version', ARGV[2], 'account', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ${keepMs})
local last = 10 + 2 * ARGV[7]
for i = 11, last, 2 do redis.call('ZADD', KEYS[3], ARGV[i], ARGV[i + 1]) end
for i = last + 1, #ARGV do redis.call('ZREM', KEYS[3], ARGV[i]) end
redis.call('PEXPIRE', KEYS[3], ARGV[6] + 3600000)
sign(ARGV[4], ARGV[5])
return 1`;
