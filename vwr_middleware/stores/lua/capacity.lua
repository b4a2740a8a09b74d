-- How many may be inside, how many are, and how fast new ones may come.

-- What is in force during this step: its time `now`, `mode`, `limit`, `per_second` and `burst`.
local moment

-- Called as the step begins, and again if it changes any of them.
function line.look_around(now)
  local rate, burst = line.pace()
  moment = {
    now = now,
    mode = line.mode_by(line.wall(now)),
    limit = line.limit(),
    per_second = rate,
    burst = burst,
  }
end

function line.mode_by(now)
  local mode = rules.mode
  if mode ~= 'auto' and mode ~= 'queue' and mode ~= 'paused' then return mode end
  if rules.closes_at and now >= rules.closes_at then return 'closed' end
  if rules.opens_at and now < rules.opens_at then return 'scheduled' end
  return mode
end

function line.just_opened(now)
  local opens = rules.opens_at
  now = line.wall(now)
  return opens and opens <= now and now < opens + NEAR_MOST
end

function line.is_open(mode) return mode == 'auto' or mode == 'queue' or mode == 'off' end

function line.limit()
  local most = rules.max_active
  if not numbers.inlet_limit then return most end
  return math.max(0, math.min(most, numbers.inlet_limit))
end

function line.capacity()
  if not line.gives_slots(moment.now) or not line.is_open(moment.mode) then return 0 end
  return moment.limit
end

function line.pace()
  local rate, burst = rules.per_minute and rules.per_minute / 60, rules.burst
  local wished = numbers.inlet_per_second
  if wished and (not rate or wished < rate) then rate, burst = wished, numbers.inlet_burst end
  if not rate then return nil, 0 end
  return rate, burst or 1 + BURST_SECONDS * rate
end

function line.active()
  local lost = moment.now < numbers.rebuilt_until and numbers.rebuilt_active or 0
  return line.sessions_count() + lost
end

function line.refill(are_coming)
  local now, rate, burst = moment.now, moment.per_second, moment.burst
  if not rate then return end
  local passed = math.max(0, now - numbers.tokens_at)
  local most = are_coming and math.max(burst, 1 + COMING_SECONDS * rate) or burst
  numbers.tokens = math.min(most, numbers.tokens + rate * passed)
  numbers.tokens_at = now
end

function line.whole(value) return value < 0 and math.ceil(value) or math.floor(value) end

function line.available()
  local free = line.capacity() - line.active()
  if moment.per_second then free = math.min(free, line.whole(numbers.tokens)) end
  return free
end
