-- Count an attempt to sign in: stores/board.py says why.
-- ARGV: now, address, free attempts, the longest wait, seconds until one is forgotten, addresses.

local COUNTS = KEY .. ':counts'
local now, address = line.time(), ARGV[2]
local free, longest = tonumber(ARGV[3]), tonumber(ARGV[4])
local span, most = tonumber(ARGV[5]), tonumber(ARGV[6])
local last, count = tonumber(redis.call('ZSCORE', KEY, address) or now), 0
if last > now then -- the clock was set back: the wait begins now
  last = now
  redis.call('ZADD', KEY, string.format('%.17g', now), address)
end
if now - last <= span then count = tonumber(redis.call('HGET', COUNTS, address) or 0) end
if count >= free then
  local wait = last + math.min(longest, 2 ^ math.min(20, count - free)) - now
  if wait > 0 then return { 'ok', string.format('%.17g', wait) } end
end
redis.call('ZADD', KEY, string.format('%.17g', now), address)
redis.call('HSET', COUNTS, address, count + 1)
line.trim(COUNTS, most, now, span, 'LIMIT', 0, 100)
return { 'ok', '0' }
