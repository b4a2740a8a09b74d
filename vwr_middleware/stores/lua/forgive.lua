-- The right password came from an address. ARGV: now, address.

redis.call('ZREM', KEY, ARGV[2])
redis.call('HDEL', KEY .. ':counts', ARGV[2])
return { 'ok' }
