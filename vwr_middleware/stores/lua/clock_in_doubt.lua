-- Doubt in a clock that is far ahead: line/clock_in_doubt.py says why.

function line.doubt(clock, seen, may_begin)
  if line.in_doubt() and line.is_denied(clock, seen) then
    line.note_apart(seen)
    line.end_doubt()
  elseif line.in_doubt() and clock + numbers.ahead >= numbers.doubted_at + SETTLING then
    line.end_doubt()
    return true
  end
  local leap = clock + math.min(0, numbers.ahead) - numbers.last
  if may_begin and not seen and leap > CLOCK_LEAP then
    line.begin_doubt(clock)
  end
  return false
end

function line.in_doubt() return numbers.doubted_at > 0 end

function line.begin_doubt(clock)
  if not line.in_doubt() then numbers.doubted_ahead = numbers.ahead end
  numbers.doubted_at = numbers.last + DOUBT_MARK
  numbers.ahead = numbers.doubted_at - clock
end

function line.end_doubt() numbers.ahead, numbers.doubted_at = numbers.doubted_ahead, 0 end

function line.is_denied(clock, seen)
  local now = clock + numbers.ahead
  if seen then
    local is_other = now - math.max(numbers.last, seen.now) > CLOCK_TRUSTED
    if is_other or seen.read_at < numbers.doubted_at then return true end
  end
  return now - numbers.last < -CLOCK_TRUSTED
end

function line.note_apart(seen)
  if not seen or seen.read_at >= numbers.doubted_at then return end
  local passed = math.max(0, seen.now - numbers.doubted_at)
  local apart = numbers.doubted_ahead - numbers.ahead - passed
  if apart > CLOCK_TRUSTED then
    numbers.leapt, numbers.leapt_at = apart, math.max(numbers.last, seen.now)
    numbers.clocks_apart = apart
  end
end
