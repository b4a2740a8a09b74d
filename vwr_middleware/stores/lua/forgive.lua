-- Forget the attempts of an address, since the password was right: stores/board.py.
-- ARGV: now, address, 1 if only the latest attempt is forgiven.

if ARGV[3] == '1' and redis.call('HINCRBY', KEY .. ':counts', ARGV[2], -1) > 0 then
  return { 'ok' }
end
redis.call('ZREM', KEY, ARGV[2])
redis.call('HDEL', KEY .. ':counts', ARGV[2])
return { 'ok' }
