-- Who of the called may still come, and who has not come: line/called.py says why.

function line.count_called(now)
  local low, to = math.max(0, numbers.serving - CALLED_MOST), numbers.serving
  if numbers.spent_called >= to then return 0 end
  local first, last = line.unheard(now)
  first, last = math.min(to, math.max(low, first)), math.min(to, math.max(low, last))
  local count = (last - first) - line.count_bits(SPENT, first, last)
  count = count + line.count_heard(low, first, now) + line.count_heard(last, to, now)
  for _, text in ipairs(line.door_later(now)) do
    local position = tonumber(text)
    if position > low and (position <= first or position > last)
      and not line.polled(position, numbers.window)
    then
      count = count + 1
    end
  end
  return count
end

function line.count_heard(after, to, now)
  local lately = line.log_value('queue_log', now - FIRST_POLL)
  return line.heard_unspent(after, to, numbers.window, lately)
end

function line.unheard(now)
  if now >= numbers.unheard_until then return 0, 0 end
  return numbers.unheard_from, numbers.unheard_to
end

function line.expect_unheard(after, to, now)
  if to <= after then return end
  if now < numbers.unheard_until then
    after, to = math.min(after, numbers.unheard_from), math.max(to, numbers.unheard_to)
  end
  numbers.unheard_from, numbers.unheard_to = after, to
  numbers.unheard_until = now + HORIZON_LOG_SPAN
end

function line.forget_who_came(now)
  numbers.judged = numbers.serving
  line.expect_unheard(0, numbers.serving, now)
end

function line.count_no_shows(now)
  local within = math.max(rules.claim_within, HIDDEN_UNTIL)
  local after = math.min(numbers.judged, numbers.serving)
  local to = line.log_value('serving_log', now - within)
  if to <= after then return end
  numbers.no_shows = numbers.no_shows + line.silent(after, to, numbers.window)
  numbers.judged = to
end

-- A bitmap's bytes from `start` to `last` in a scratch key, with zeros where it ends before.
function line.copy_bits(kind, start, last, key)
  local bytes = redis.call('GETRANGE', BITMAPS[kind], start, last)
  redis.call('SET', key, bytes .. string.rep('\0', last - start + 1 - #bytes))
end

function line.heard_unspent(after, to, window, fresh)
  if to <= after then return 0 end
  local key, base = line.counting(after, to, window, fresh)
  redis.set_repl(redis.REPL_NONE)
  line.copy_bits(SPENT, base / 8, math.floor(to / 8), SCRATCH_B)
  redis.call('BITOP', 'NOT', SCRATCH_B, SCRATCH_B)
  redis.call('BITOP', 'AND', key, key, SCRATCH_B)
  redis.set_repl(redis.REPL_ALL)
  return line.count_in(key, after - base, to - base)
end

function line.silent(after, to, window)
  if to <= after then return 0 end
  local key, base = line.counting(after, to, window, to)
  redis.set_repl(redis.REPL_NONE)
  line.copy_bits(SPENT, base / 8, math.floor(to / 8), SCRATCH_B)
  line.copy_bits(LAPSED, base / 8, math.floor(to / 8), SCRATCH_C)
  redis.call('BITOP', 'OR', key, key, SCRATCH_B, SCRATCH_C)
  redis.set_repl(redis.REPL_ALL)
  return (to - after) - line.count_in(key, after - base, to - base)
end

function line.polled(position, window)
  for _, kind in ipairs({ window % 3, (window - 1) % 3 }) do
    local place = position - 8 * line.first_byte(kind)
    if place >= 0 and redis.call('GETBIT', BITMAPS[kind], place) == 1 then return true end
  end
  return false
end
