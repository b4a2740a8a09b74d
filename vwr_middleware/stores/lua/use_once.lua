-- Use something that is good once: stores/board.py. KEY has until when each use is remembered.
-- ARGV: now, what, until when, how many are remembered at most.

local now, till = line.time(), tonumber(ARGV[3])
if till <= now then return { 'ok', 1 } end
local before = line.uses(ARGV[2], now)
redis.call('ZADD', KEY, ARGV[3], ARGV[2])
redis.call('HSET', COUNTS, ARGV[2], before + 1)
line.trim(COUNTS, tonumber(ARGV[4]), now, 'LIMIT', 0, 100)
local last = tonumber(redis.call('ZRANGE', KEY, -1, -1, 'WITHSCORES')[2] or now)
redis.call('EXPIRE', KEY, math.ceil(last - now))
redis.call('EXPIRE', COUNTS, math.ceil(last - now))
return { 'ok', before }
