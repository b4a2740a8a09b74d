-- Shadow mode: line/shadow.py says what is kept, and why.

function line.follow_shadow(gone, now)
  if moment.mode ~= 'shadow' then
    numbers.shadow_at = 0
    return
  end
  if numbers.shadow_at == 0 then
    numbers.shadow_inside = math.min(line.sessions_count(), moment.limit)
    numbers.shadow_line, numbers.shadow_tokens = 0, 1
  else
    line.refill_shadow(now - numbers.shadow_at)
  end
  numbers.shadow_at = now
  line.leave_shadow(gone)
end

function line.leave_shadow(gone)
  if numbers.shadow_at == 0 then return end
  if gone > 0 then
    numbers.shadow_inside = numbers.shadow_inside * (1 - gone / (line.sessions_count() + gone))
  end
  local free = math.max(0, moment.limit - numbers.shadow_inside)
  local moved = math.min(numbers.shadow_line, free)
  if line.pace_by() then
    moved = math.min(moved, numbers.shadow_tokens)
    numbers.shadow_tokens = numbers.shadow_tokens - moved
  end
  numbers.shadow_inside = numbers.shadow_inside + moved
  numbers.shadow_line = numbers.shadow_line - moved
end

function line.come_in_shadow()
  if numbers.shadow_at == 0 then return end
  local has_pace = line.pace_by() ~= nil
  local is_free = numbers.shadow_inside + 1 <= moment.limit
  if numbers.shadow_line < 1 and is_free and (not has_pace or numbers.shadow_tokens >= 1) then
    numbers.shadow_inside = numbers.shadow_inside + 1
    if has_pace then numbers.shadow_tokens = numbers.shadow_tokens - 1 end
    return
  end
  numbers.shadow_line = numbers.shadow_line + 1
  numbers.would_wait = numbers.would_wait + 1
end

function line.refill_shadow(passed)
  local rate, burst = line.pace_by()
  if not rate then return end
  local most = math.max(burst, 1)
  numbers.shadow_tokens = math.min(most, numbers.shadow_tokens + rate * math.max(0, passed))
end
