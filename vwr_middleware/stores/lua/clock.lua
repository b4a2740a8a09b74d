-- Store time: line/clock.py says why.

function line.begin_at(clock)
  local now = clock + numbers.ahead
  local passed = now - numbers.last
  if passed < 0 then
    numbers.ahead, now = numbers.ahead - passed, numbers.last
  elseif numbers.ahead > 0 then
    local repaid = math.max(passed * CLOCK_REPAID, passed - CLOCK_LEAP)
    repaid = math.min(numbers.ahead, repaid)
    numbers.ahead, now = numbers.ahead - repaid, now - repaid
  end
  numbers.last = now
  return now
end

function line.time_at(clock) return math.max(clock + numbers.ahead, numbers.last) end

function line.wall(now) return now - numbers.ahead end
