-- Shadow mode: line/shadow.py says what is kept, and why.

function line.follow_shadow(gone, now)
  if moment.mode ~= 'shadow' then
    numbers.shadow_at = 0
    return
  end
  if numbers.shadow_at == 0 then
    numbers.shadow_inside = math.min(line.sessions_count(), moment.limit)
    numbers.shadow_line, numbers.shadow_tokens = 0, 1
    numbers.shadow_late, numbers.shadow_ended, numbers.shadow_stayed = 0, 0, 0
  elseif now > numbers.shadow_at then
    line.pass_by_shadow(now - numbers.shadow_at, line.sessions_count() + gone)
  end
  numbers.shadow_at = now
  line.leave_shadow(gone)
end

function line.leave_shadow(gone)
  if numbers.shadow_at == 0 then return end
  if gone > 0 then
    numbers.shadow_ended = numbers.shadow_ended + gone
    numbers.shadow_inside = numbers.shadow_inside * (1 - gone / (line.sessions_count() + gone))
  end
  local free = moment.limit - numbers.shadow_inside - numbers.shadow_late
  numbers.shadow_late = numbers.shadow_late + line.move_up_shadow(math.max(0, free))
end

function line.come_in_shadow()
  if numbers.shadow_at == 0 then return end
  local has_pace = line.pace_by() ~= nil
  local is_free = numbers.shadow_inside + numbers.shadow_late < moment.limit - 0.5
  if numbers.shadow_line < 1 and is_free and (not has_pace or numbers.shadow_tokens >= 1) then
    numbers.shadow_inside = numbers.shadow_inside + 1
    if has_pace then numbers.shadow_tokens = numbers.shadow_tokens - 1 end
    return
  end
  numbers.shadow_line = numbers.shadow_line + 1
  numbers.would_wait = numbers.would_wait + 1
end

function line.pass_by_shadow(passed, inside)
  local before, rate, burst = numbers.shadow_line, line.pace_by()
  if rate then
    local most = math.max(burst, 1)
    numbers.shadow_tokens = math.min(most, numbers.shadow_tokens + rate * passed)
  end
  local fades = 0.5 ^ (passed / SHADOW_FADES)
  numbers.shadow_ended = numbers.shadow_ended * fades
  numbers.shadow_stayed = numbers.shadow_stayed * fades + inside * passed
  if numbers.shadow_late > 0 and numbers.shadow_stayed > 0 then
    local leave = numbers.shadow_ended / numbers.shadow_stayed * passed
    local left = leave * numbers.shadow_late
    if left > 0 then
      local moved = line.move_up_shadow(left)
      numbers.shadow_late = numbers.shadow_late * math.exp(-leave * (1 - moved / left))
    end
  end
  local waited = (before + numbers.shadow_line) / 2 * passed
  numbers.shadow_waited = numbers.shadow_waited + waited
end

function line.move_up_shadow(slots)
  local moved = math.min(numbers.shadow_line, slots)
  if line.pace_by() then
    moved = math.min(moved, numbers.shadow_tokens)
    numbers.shadow_tokens = numbers.shadow_tokens - moved
  end
  numbers.shadow_line = numbers.shadow_line - moved
  return moved
end
