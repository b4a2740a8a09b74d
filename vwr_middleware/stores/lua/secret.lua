-- What is kept under a name; where nothing is, this is kept from now on.
-- ARGV: now, a text.

redis.call('SET', KEY, ARGV[2], 'NX')
return { 'ok', redis.call('GET', KEY) }
