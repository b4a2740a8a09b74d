-- Keep a worker's counts, and return the posts of all workers: stores/board.py.
-- ARGV: now, worker, text, seconds that a post is kept, posts at most.

local now, span = line.time(), tonumber(ARGV[4])
if ARGV[3] ~= '' then
  redis.call('ZADD', KEY, string.format('%.17g', now), ARGV[2])
  redis.call('HSET', TEXTS, ARGV[2], ARGV[3])
end
line.trim_span(TEXTS, tonumber(ARGV[5]), now, span)
return { 'ok', redis.call('HGETALL', TEXTS) }
