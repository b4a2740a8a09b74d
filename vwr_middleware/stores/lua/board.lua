-- A board: when a row was put there in KEY, its text in a hash beside it. See stores/board.py.

-- Forget the rows from before `now - span`, and the oldest if there are more than `most`. The other
-- arguments are added to the search for the old rows.
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
