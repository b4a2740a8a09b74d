-- A board (stores/board.py): a hash has the texts, and KEY the time at which each was put there.

-- Forget what is older than `span`, and the oldest beyond `most`. The other arguments are added to
-- the search for what is too old, to limit it.
function line.trim(texts, most, now, span, ...)
  local function forget(keys)
    for _, key in ipairs(keys) do
      redis.call('ZREM', KEY, key)
      redis.call('HDEL', texts, key)
    end
  end
  local before = '(' .. string.format('%.17g', now - span)
  forget(redis.call('ZRANGEBYSCORE', KEY, '-inf', before, ...))
  forget(redis.call('ZRANGE', KEY, 0, -most - 1))
  redis.call('EXPIRE', KEY, math.ceil(span))
  redis.call('EXPIRE', texts, math.ceil(span))
end
