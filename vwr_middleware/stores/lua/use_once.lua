-- Use something that is good once: stores/board.py. KEY has until when each use is remembered.
-- ARGV: now, what, until when, how many are remembered at most, who uses it, whether what cannot be
-- remembered was used.

local now, till = line.time(), tonumber(ARGV[3])
if till <= now then return { 'ok', 1 } end
local before, first = line.uses(ARGV[2], now)
if before > 0 and ARGV[5] ~= '' and ARGV[5] == first then return { 'ok', -1 } end
if before == 0 then first = ARGV[5] end
redis.call('ZADD', KEY, ARGV[3], ARGV[2])
redis.call('HSET', COUNTS, ARGV[2], string.format('%d %s', before + 1, first))
line.trim(COUNTS, tonumber(ARGV[4]), now, 'LIMIT', 0, 100)
local last = tonumber(redis.call('ZRANGE', KEY, -1, -1, 'WITHSCORES')[2] or now)
redis.call('EXPIRE', KEY, math.ceil(last - now))
redis.call('EXPIRE', COUNTS, math.ceil(last - now))
local is_forgotten = ARGV[6] == '1' and not redis.call('ZSCORE', KEY, ARGV[2])
return { 'ok', is_forgotten and math.max(1, before) or before }
