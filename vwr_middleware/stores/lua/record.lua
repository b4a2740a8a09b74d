-- What an operator reads; it changes nothing.

if not line.load() then return { 'lost' } end
return {
  'ok',
  redis.call('LRANGE', HISTORY, 1, -1),
  redis.call('LRANGE', AUDIT, 1, -1),
  redis.call('ZRANGE', SESSIONS, 0, -2, 'WITHSCORES'),
  redis.call('SMEMBERS', UNCONFIRMED),
  redis.call('ZRANGE', SHARERS, 0, -1),
  redis.call('LRANGE', OUTCOMES, 0, -1),
}
