-- Keep what a worker counts, and tell what all of them posted: stores/board.py.
-- ARGV: now, worker, text, seconds that a post is kept, posts at most.

local TEXTS = KEY .. ':texts'
local now, span = line.time(ARGV[1]), tonumber(ARGV[4])
if ARGV[3] ~= '' then
  redis.call('ZADD', KEY, string.format('%.17g', now), ARGV[2])
  redis.call('HSET', TEXTS, ARGV[2], ARGV[3])
end
local function forget(workers)
  for _, worker in ipairs(workers) do
    redis.call('ZREM', KEY, worker)
    redis.call('HDEL', TEXTS, worker)
  end
end
forget(redis.call('ZRANGEBYSCORE', KEY, '-inf', '(' .. string.format('%.17g', now - span)))
forget(redis.call('ZRANGE', KEY, 0, -tonumber(ARGV[5]) - 1))
redis.call('EXPIRE', KEY, math.ceil(span))
redis.call('EXPIRE', TEXTS, math.ceil(span))
return { 'ok', redis.call('HGETALL', TEXTS) }
