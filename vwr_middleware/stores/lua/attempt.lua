-- Count an attempt to sign in: stores/board.py says why.
-- ARGV: now, seconds until one is forgotten, networks at most, wrong ones that are a crowd, seconds
-- in which it fades, the key of everybody; for each network: it, free attempts, the longest wait.

local now, span, most = line.time(), tonumber(ARGV[2]), tonumber(ARGV[3])

local function put(key, count)
  redis.call('ZADD', KEY, string.format('%.17g', now), key)
  redis.call('HSET', COUNTS, key, count)
end

local since = tonumber(redis.call('ZSCORE', KEY, ARGV[6]) or now)
local crowd = tonumber(redis.call('HGET', COUNTS, ARGV[6]) or 0)
crowd = crowd * math.exp(math.min(0, since - now) / tonumber(ARGV[5]))
local counts, wait = {}, 0
for at = 7, #ARGV, 3 do
  local network, free, longest = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  if crowd >= tonumber(ARGV[4]) then free = math.floor(free / 3) end
  local last, count = tonumber(redis.call('ZSCORE', KEY, network) or now), 0
  if last > now then -- the clock was set back: the wait begins now
    last = now
    redis.call('ZADD', KEY, string.format('%.17g', now), network)
  end
  if now - last <= span then count = tonumber(redis.call('HGET', COUNTS, network) or 0) end
  if count >= free then
    wait = math.max(wait, last + math.min(longest, 2 ^ math.min(20, count - free)) - now)
  end
  counts[network] = count
end
if wait > 0 then return { 'ok', string.format('%.17g', wait) } end
for network, count in pairs(counts) do put(network, count + 1) end
put(ARGV[6], string.format('%.17g', crowd + 1))
line.trim_span(COUNTS, most, now, span, 'LIMIT', 0, 100)
return { 'ok', '0' }
