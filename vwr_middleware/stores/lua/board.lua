-- A board (stores/board.py): a hash has the texts, and KEY the time at which each was put there.

-- Forget what was put there before that time, and the oldest beyond `most`. The other arguments are
-- added to the search for what is too old, to limit it.
function line.trim(texts, most, before, ...)
  local function forget(keys)
    for _, key in ipairs(keys) do
      redis.call('ZREM', KEY, key)
      redis.call('HDEL', texts, key)
    end
  end
  forget(redis.call('ZRANGEBYSCORE', KEY, '-inf', '(' .. string.format('%.17g', before), ...))
  forget(redis.call('ZRANGE', KEY, 0, -most - 1))
end

-- The same for what is kept for a `span` of time from when it was put there.
function line.trim_span(texts, most, now, span, ...)
  line.trim(texts, most, now - span, ...)
  redis.call('EXPIRE', KEY, math.ceil(span))
  redis.call('EXPIRE', texts, math.ceil(span))
end

-- How often something that is good once was used, as far as it is remembered, and by whom first.
function line.uses(what, now)
  local till = tonumber(redis.call('ZSCORE', KEY, what) or 0)
  local kept = till > now and redis.call('HGET', COUNTS, what) or '0'
  local count, first = string.match(kept, '^(%d+) ?(.*)$')
  return tonumber(count), first
end
