-- Store time: line/clock.py says why.

function line.begin_at(clock, seen)
  numbers.ahead = numbers.ahead + line.correction(clock, seen)
  local now = clock + numbers.ahead
  local passed = now - numbers.last
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
  if not seen or seen.read_at == 0 then return 0 end
  local now, due = clock + numbers.ahead, math.max(numbers.last, seen.now)
  if now - due > CLOCK_TRUSTED then return due - now end
  return numbers.ahead < 0 and math.max(0, math.min(due, clock) - now) or 0
end

function line.time_at(clock) return math.max(clock + numbers.ahead, numbers.last) end

function line.wall(now) return now - numbers.ahead end
