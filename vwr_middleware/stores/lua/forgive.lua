-- Forget the attempts of an address, since the password was right: stores/board.py.
-- ARGV: now, 1 if only the latest attempt is forgiven, the key of everybody, networks.

for at = 4, #ARGV do
  local count = tonumber(redis.call('HGET', COUNTS, ARGV[at]) or 0)
  if (ARGV[2] == '1' or at > 4) and count > 1 then
    redis.call('HSET', COUNTS, ARGV[at], count - 1)
  else
    redis.call('ZREM', KEY, ARGV[at])
    redis.call('HDEL', COUNTS, ARGV[at])
  end
end
local crowd = tonumber(redis.call('HGET', COUNTS, ARGV[3]) or 0)
if crowd > 0 then
  redis.call('HSET', COUNTS, ARGV[3], string.format('%.17g', math.max(0, crowd - 1)))
end
return { 'ok' }
