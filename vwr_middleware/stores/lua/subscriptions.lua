-- Subscriptions: what they say in a hash by position, and the positions in order. A text is kept
-- behind the moment from which a worker may be given it, and how often one was.

function line.subscription_get(position)
  local kept = redis.call('HGET', SUBSCRIPTIONS, position)
  if not kept then return nil end
  local due, tries, text = string.match(kept, '^(%S+) (%S+) (.*)$')
  return { due = tonumber(due), tries = tonumber(tries), text = text }
end

function line.subscription_put(position, kept)
  local text = string.format('%.17g %d %s', kept.due, kept.tries, kept.text)
  redis.call('HSET', SUBSCRIPTIONS, position, text)
  redis.call('ZADD', SUBSCRIBED, position, position)
  redis.call('EXPIRE', SUBSCRIPTIONS, IDLE)
  redis.call('EXPIRE', SUBSCRIBED, IDLE)
end

function line.subscribed_after(position, most)
  return redis.call('ZRANGEBYSCORE', SUBSCRIBED, '(' .. position, '+inf', 'LIMIT', 0, most)
end

function line.subscription_remove(row)
  redis.call('HDEL', SUBSCRIPTIONS, row)
  redis.call('ZREM', SUBSCRIBED, row)
end

function line.keep_subscription(position, kept)
  position = line.row_of(position)
  if not line.subscription_get(position) then numbers.subscribers = numbers.subscribers + 1 end
  line.subscription_put(position, kept)
end

function line.forget_subscription(position)
  position = line.row_of(position)
  if numbers.subscribers == 0 or redis.call('HDEL', SUBSCRIPTIONS, position) == 0 then
    return false
  end
  redis.call('ZREM', SUBSCRIBED, position)
  numbers.subscribers = numbers.subscribers - 1
  return true
end

function line.count_subscriptions(after, to)
  if numbers.subscribers == 0 then return 0 end
  local count = redis.call('ZCOUNT', SUBSCRIBED, '(' .. after, to)
  return math.min(count, SUBSCRIBERS_NEAR)
end
