-- Store time: line/clock.py says why.

function line.begin_at(clock, seen, may_doubt)
  local told = seen and seen.read_at > 0 and seen or nil -- a worker that tells the time
  local is_followed = false
  if numbers.doubted_at > 0 or (may_doubt and not told) then
    is_followed = line.doubt(clock, told, may_doubt)
  end
  local correction = told and not is_followed and line.correction(clock, told) or 0
  numbers.ahead = numbers.ahead + correction
  local now = clock + numbers.ahead
  local passed = now - numbers.last
  local leap = correction ~= 0 and -correction or math.min(0, passed)
  line.note_leap(leap, math.max(now, numbers.last))
  if passed < 0 then
    numbers.ahead, now = numbers.ahead - passed, numbers.last
  elseif numbers.ahead > 0 then
    local repaid = math.max(passed * CLOCK_REPAID, passed - CLOCK_LEAP)
    repaid = math.min(numbers.ahead, repaid)
    numbers.ahead, now = numbers.ahead - repaid, now - repaid
  elseif numbers.ahead < 0 then
    local gained = math.min(-numbers.ahead, passed * CLOCK_REPAID)
    numbers.ahead, now = numbers.ahead + gained, now + gained
  end
  numbers.last = now
  return now
end

function line.correction(clock, seen)
  local now, due = clock + numbers.ahead, math.max(numbers.last, seen.now)
  if now - due > CLOCK_TRUSTED then return due - now end
  return numbers.ahead < 0 and math.max(0, math.min(due, clock) - now) or 0
end

function line.note_leap(leap, now)
  if math.abs(leap) <= CLOCK_TRUSTED then return end
  local is_other_way = leap * numbers.leapt < 0 and now - numbers.leapt_at < CLOCKS_COMPARED
  local most = math.max(CLOCK_TRUSTED, math.abs(leap) / 10)
  if is_other_way and math.abs(leap + numbers.leapt) < most then
    numbers.clocks_apart = math.abs(leap)
  end
  numbers.leapt, numbers.leapt_at = leap, now
end

function line.clocks_apart(now)
  return now - numbers.leapt_at < CLOCKS_COMPARED and numbers.clocks_apart or 0
end

function line.time_at(clock) return math.max(clock + numbers.ahead, numbers.last) end

function line.wall(now) return now - numbers.ahead end
