-- A right password came from an address: stores/board.py says what this does.
-- ARGV: now, address, whether only the latest attempt is forgiven.

if ARGV[3] == '1' and redis.call('HINCRBY', KEY .. ':counts', ARGV[2], -1) > 0 then
  return { 'ok' }
end
redis.call('ZREM', KEY, ARGV[2])
redis.call('HDEL', KEY .. ':counts', ARGV[2])
return { 'ok' }
