-- Whether a room has space for whoever joins next, and whether its line is full: line/space.py.

function line.has_space(mode, position, now)
  local most = numbers.inlet_serving
  return line.is_open(mode)
    and (not most or position <= most)
    and (numbers.inlet_calls ~= 0 or numbers.credit > 0)
    and line.available() - line.expected(now) >= 1
end

function line.is_full(mode, position, now)
  local most = rules.max_waiting
  if not most or position - numbers.serving <= most then return false end
  if line.people_in_line(now) < most then return false end
  local may_pass = most > 0 and line.has_space(mode, position, now)
  return not may_pass or line.first_counting(now) > 0
end

function line.people_in_line(now)
  local after, to, known = numbers.serving, numbers.queue, numbers.serving
  if now >= numbers.rebuilt_until then known = math.max(after, line.told_to_poll(now)) end
  local lately = line.log_value('queue_log', now - FIRST_POLL)
  local came_back = line.count_bits(SEEN, after, known) + line.newcomers(after, known, lately)
  return came_back + (to - known) - line.count_bits(SPENT, after, to)
end

function line.told_to_poll(now)
  local moment = now - HORIZON_LOG_SPAN
  local served = line.log_value('serving_log', moment)
  local near = math.max(line.log_value('horizon_log', moment), served + NEAR_COUNT)
  return math.min(numbers.queue, near)
end
