/**
 * The Lua scripts by which StoredLog writes the catalog's log. Each checks the lease's token and the head, and
 * writes only when both are as expected. Answers are the words of `WriteResult`.
 */

/** Refuses a write unless the lease holds the writer's token. Reads the head. */
const held = `
local lease = redis.call('GET', KEYS[1])
if not lease then return 'unheld' end
if string.match(lease, '^%S+') ~= ARGV[1] then return 'fenced' end
local head = redis.call('HMGET', KEYS[2], 'epoch', 'version')`;

/**
 * Appends a change. Only the lease's token may write, so a log that is already at the new version holds this very
 * change: the answer to an earlier try was lost.
 */
export const appendScript = `${held}
if not head[1] then return 'gone' end
if head[1] ~= ARGV[2] then return 'conflict' end
if head[2] == ARGV[3] then return 'ok' end
if (tonumber(head[2]) or -1) + 1 ~= tonumber(ARGV[3]) then return 'conflict' end
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
redis.call('HSET', KEYS[2], 'version', ARGV[3])
redis.call('HINCRBY', KEYS[2], 'changeBytes', #ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PUBLISH', ARGV[6], ARGV[3])
return 'ok'`;

/**
 * Names a new base in the head, and keeps the key of cursors that the head has. A head that names the base already is the
 * result of an earlier try.
 */
export const baseScript = `${held}
if (head[1] or '') ~= ARGV[2] or (head[2] or '') ~= ARGV[3] then
  if head[1] == ARGV[4] and string.find(redis.call('HGET', KEYS[2], 'bases') or '', ARGV[6], 1, true) == 1 then return 'ok' end
  return 'conflict'
end
redis.call('HSET', KEYS[2], 'epoch', ARGV[4], 'version', ARGV[5], 'bases', ARGV[6], 'changeBytes', 0)
if redis.call('HEXISTS', KEYS[2], 'cursorKey') == 0 then redis.call('HSET', KEYS[2], 'cursorKey', ARGV[9]) end
redis.call('PEXPIRE', KEYS[2], ARGV[7])
redis.call('PUBLISH', ARGV[8], ARGV[5])
return 'ok'`;

/** Sets the key of cursors in place of the one that was found, if no other instance was faster. Answers the key. */
export const cursorKeyScript = `
local key = redis.call('HGET', KEYS[1], 'cursorKey') or ''
if key ~= ARGV[1] then return key end
if redis.call('HEXISTS', KEYS[1], 'epoch') == 1 then redis.call('HSET', KEYS[1], 'cursorKey', ARGV[2]) end
return ARGV[2]`;
