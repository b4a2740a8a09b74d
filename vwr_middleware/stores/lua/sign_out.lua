-- End a sign-in to the panel, or all of them: stores/board.py.
-- ARGV: now, sign-in, seconds that it is kept, sign-ins at most.

local now = line.time()
redis.call('ZADD', KEY, string.format('%.17g', now), ARGV[2])
line.trim_span(TEXTS, tonumber(ARGV[4]), now, tonumber(ARGV[3]))
return { 'ok' }
