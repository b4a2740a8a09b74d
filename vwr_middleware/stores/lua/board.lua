-- A board: when a row was put there in KEY, its text in a hash beside it. See stores/board.py.

-- Forget the rows of before `now - span`, and the oldest of more than `most`. What follows are further
-- arguments of the search for the former.
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
