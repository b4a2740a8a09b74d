-- What the steps of visitors share: line/visitor_steps.py.

-- Whether a room has space for whoever joins next, and whether its line is full: line/visitor_steps.py.


function line.has_space(mode, position, now)
  local most = numbers.inlet_serving
  if mode == 'shadow' then return moment.capacity > 0 end
  return line.is_open(mode)
    and (not most or position <= most)
    and (numbers.inlet_calls ~= 0 or numbers.credit > 0)
    and line.available() - line.expected(now) >= 1
end

function line.is_full(mode, position, now)
  local most = rules.max_waiting
  local last = math.max(position, numbers.queue)
  if not most or mode == 'shadow' or last - numbers.serving <= most then return false end
  if line.people_in_line(now) < most then return false end
  local may_pass = most > 0 and line.has_space(mode, position, now)
  return not may_pass or line.first_counting(now) > 0
end

function line.people_in_line(now)
  local after, to, known = numbers.serving, numbers.queue, numbers.serving
  if now >= numbers.rebuilt_until and not rules.counts_unheard then
    known = math.max(after, line.told_to_poll(now))
  end
  local lately = line.log_value('queue_log', now - FIRST_POLL)
  local came_back = line.count_bits(SEEN, after, known) + line.count_newcomers(after, known, lately)
  local behind = line.taken_after(to) - line.taken_after(known)
  return came_back + behind - line.count_bits(SPENT, after, to)
end

function line.told_to_poll(now)
  local moment = now - HORIZON_LOG_SPAN
  local served = line.log_value('serving_log', moment)
  local near = math.max(line.log_value('horizon_log', moment), served + NEAR_COUNT)
  return math.min(numbers.queue, near)
end

-- The place that a step is about, from the arguments 8 to 10.
function line.place_asked()
  local position, number = string.match(ARGV[9], '^(%S+) ?(%d*)$')
  return {
    generation = tonumber(ARGV[8]), position = tonumber(position), device = tonumber(ARGV[10]),
    number = tonumber(number),
  }
end

function line.standing_here(place, marks, now)
  local verdict = line.standing(place, now)
  local session = line.session_id(place.generation, place.position)
  if verdict == 'entered' and not line.may_use(session, marks) then return 'locked' end
  return verdict
end

function line.knock_noted(position, returns_in, hidden, now)
  local stands = line.stands(numbers.generation, position, now)
  if stands == 'next' then
    line.note_first_knock(position, now)
    line.put_at_door(position, returns_in, hidden, now)
  end
  return stands
end

function line.open_session(position, now)
  local unconfirmed = rules.renew or not line.get_bit(LAPSED, position)
  local ends = now + rules.session_seconds + rules.session_grace
  if unconfirmed then -- `min`, since sessions may be shorter than that by now
    ends = now + math.min(rules.confirm_within, rules.session_seconds)
  end
  line.sessions_put(line.session_id(numbers.generation, position), ends, unconfirmed)
  numbers.tokens_until = math.max(numbers.tokens_until, ends)
  line.spend(position)
  numbers.spent_called = numbers.spent_called + 1
  line.take_from_door(position)
  line.forget_subscription(position)
  line.note_in_time(position) -- if nobody confirms the session, the turn was still not missed
  if moment.per_second and not line.get_bit(LAPSED, position) then numbers.tokens = numbers.tokens - 1 end
  if not line.get_bit(LAPSED, position) then
    line.come_in_shadow()
    line.note_entered(position)
  end
  line.count_claim(now)
  line.note_entry(position, now)
end
