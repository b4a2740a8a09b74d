-- Put a shared text in place of the one of a version: stores/board.py.
-- ARGV: now, name, text, version, seconds that a text is kept, texts at most.

local now, kept = line.time(), redis.call('HGET', TEXTS, ARGV[2]) or '0 '
if ARGV[3] == '' or tonumber(string.match(kept, '^%d+')) ~= tonumber(ARGV[4]) then
  return { 'ok', kept }
end
kept = (ARGV[4] + 1) .. ' ' .. ARGV[3]
redis.call('ZADD', KEY, string.format('%.17g', now), ARGV[2])
redis.call('HSET', TEXTS, ARGV[2], kept)
line.trim_span(TEXTS, tonumber(ARGV[6]), now, tonumber(ARGV[5]))
return { 'ok', kept }
