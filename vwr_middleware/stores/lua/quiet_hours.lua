-- Quiet hours: line/quiet_hours.py says why.

function line.is_quiet(now)
  local wall = now - numbers.ahead
  return numbers.quiet_from <= wall and wall < numbers.quiet_until
end

function line.quiet_seconds(since, till)
  since, till = since - numbers.ahead, till - numbers.ahead
  return math.max(0, math.min(till, numbers.quiet_until) - math.max(since, numbers.quiet_from))
end
