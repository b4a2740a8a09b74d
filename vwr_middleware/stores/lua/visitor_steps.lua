-- What the steps of visitors share: line/visitor_steps.py.

-- The place that a step is about, from the arguments 8 to 10.
function line.place_asked()
  return {
    generation = tonumber(ARGV[8]), position = tonumber(ARGV[9]), device = tonumber(ARGV[10]),
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
  line.note_in_time(position) -- if nobody confirms the session, the turn was still not missed
  if moment.per_second and not line.get_bit(LAPSED, position) then numbers.tokens = numbers.tokens - 1 end
  line.count_claim(now)
end
