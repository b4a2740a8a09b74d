-- How many may be inside, how many are, and how fast new ones may come.

-- What is in force during this step: its time `now`, `mode`, `limit`, `per_second`, `burst`,
-- `capacity` and `gives_numbers`.
local moment

-- Called as the step begins, and again if it changes any of them.
function line.look_around(now)
  local rate, burst = line.pace_by()
  local mode, most = line.mode_by(line.wall(now)), line.limit()
  if (mode == 'auto' or mode == 'queue') and line.closes(now) then mode = 'closed' end
  local is_open = line.is_open(mode) and line.gives_slots(now)
  local capacity = most
  if mode == 'shadow' then capacity, rate, burst = NO_LIMIT, nil, 0 end
  moment = {
    now = now,
    mode = mode,
    limit = most,
    per_second = rate,
    burst = burst,
    capacity = is_open and capacity or 0,
    gives_numbers = line.gives_numbers(now),
  }
end

function line.mode_by(now)
  local mode = rules.mode
  if mode ~= 'auto' and mode ~= 'queue' and mode ~= 'paused' then return mode end
  if rules.closes_at and now >= rules.closes_at then return 'closed' end
  if rules.opens_at and now < rules.opens_at then
    return now < (rules.joins_from or now) and 'closed' or 'scheduled'
  end
  return mode
end

function line.just_opened(now)
  local opens = rules.opens_at
  now = line.wall(now)
  return opens and opens <= now and now < opens + NEAR_MOST
end

function line.is_open(mode) return mode == 'auto' or mode == 'queue' or mode == 'off' or mode == 'shadow' end

function line.limit()
  local most = rules.max_active
  if not numbers.inlet_limit then return most end
  return math.max(0, math.min(most, numbers.inlet_limit))
end

function line.gives_slots(now) return now >= numbers.slots_from and numbers.doubted_at == 0 end

function line.gives_numbers(now) return now >= numbers.numbers_from and numbers.doubted_at == 0 end

function line.pace_by()
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
  local free = moment.capacity - line.active()
  if moment.per_second then free = math.min(free, line.whole(numbers.tokens)) end
  return free
end

-- What a room measures of itself: how fast people leave, come, and fail to come.


function line.tick(now, active)
  local passed = now - numbers.rates_at
  numbers.rates_at = now
  if passed <= 0 then return end
  local kept_part = math.exp(-passed / TAU_HAZARD)
  numbers.left_sum = numbers.left_sum * kept_part
  numbers.active_sum = numbers.active_sum * kept_part + active * TAU_HAZARD * (1 - kept_part)
  numbers.walk_ins = numbers.walk_ins * kept_part
  numbers.flow = numbers.flow * kept_part
  numbers.flow_short = numbers.flow_short * math.exp(-passed / TAU_FLOW_SHORT)
  local ghosts_kept = math.exp(-passed / TAU_GHOST)
  numbers.ghost_missing = numbers.ghost_missing * ghosts_kept
  numbers.ghost_called = numbers.ghost_called * ghosts_kept
end

function line.hazard(limit)
  if limit <= 0 then return 0 end
  return numbers.left_sum / (numbers.active_sum + limit)
end

function line.ghost()
  return math.min(GHOST_MOST, numbers.ghost_missing / (numbers.ghost_called + GHOST_PRIOR))
end

function line.least_ahead(ahead)
  if ahead <= 0 then return 0 end
  return math.max(0, ahead - 1.5 * math.sqrt(ahead))
end

function line.longest_interval(ahead, limit, pace)
  if pace or ahead > limit then return NEAR_MOST end
  return line.clamp(limit / CLUMP_POLLS, NEAR_LEAST, NEAR_MOST)
end

function line.given_interval(ahead, limit, pace)
  local most, rate = line.longest_interval(ahead, limit, pace), pace or numbers.flow
  if rate <= 0 then return most end
  return line.clamp(POLL_PART * line.least_ahead(ahead) / rate, NEAR_LEAST, most)
end

function line.count_claim(now)
  numbers.flow = numbers.flow + 1 / TAU_HAZARD
  numbers.flow_short = numbers.flow_short + 1 / TAU_FLOW_SHORT
  numbers.claimed = numbers.claimed + 1
  if numbers.first_claim == 0 then numbers.first_claim = now end
end

function line.clamp(value, least, most) return math.max(least, math.min(most, value)) end
