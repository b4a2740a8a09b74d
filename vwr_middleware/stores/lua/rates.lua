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

function line.given_interval(ahead, active, limit, pace)
  local rate = pace or math.max(active * line.hazard(limit), numbers.flow)
  if rate <= 0 then return NEAR_MOST end
  return line.clamp(POLL_PART * line.least_ahead(ahead) / rate, NEAR_LEAST, NEAR_MOST)
end

function line.count_claim(now)
  numbers.flow = numbers.flow + 1 / TAU_HAZARD
  numbers.flow_short = numbers.flow_short + 1 / TAU_FLOW_SHORT
  numbers.claimed = numbers.claimed + 1
  if numbers.first_claim == 0 then numbers.first_claim = now end
end

function line.clamp(value, least, most) return math.max(least, math.min(most, value)) end
