-- What the steps of visitors share: line/steps.py in the same order.

function line.session_id(generation, position)
  return string.format('%d-%d', generation, position)
end

function line.place_of(session)
  local generation, position = string.match(session, '^(%d+)-(%d+)$')
  return tonumber(generation), tonumber(position)
end

-- The place that a step is about, from the arguments 8 to 10: generation, position, device.
function line.place_asked() return tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]) end

function line.standing(generation, position, now, device)
  if generation == numbers.generation and 0 < position and position <= numbers.queue then
    local lost = line.lost_by(position, device)
    if lost then return lost end
  end
  return line.stands(generation, position, now)
end

-- The place's marks are the last arguments: `first` says where they begin.
function line.standing_here(generation, position, now, device, first)
  local verdict = line.standing(generation, position, now, device)
  local session = line.session_id(generation, position)
  if verdict == 'entered' and not line.may_use(session, first) then return 'locked' end
  return verdict
end

function line.stands(generation, position, now)
  if generation ~= numbers.generation then return 'reset' end
  if not (0 < position and position <= numbers.queue) then return 'unknown' end
  if line.sessions_get(line.session_id(generation, position)) then return 'entered' end
  if line.get_bit(SPENT, position) then return 'spent' end
  if position > numbers.serving then return 'waiting' end
  return line.turn_is_over(position, now) and 'missed' or 'next'
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
  line.came_or_left(position)
  line.came(position) -- if nobody confirms the session, the turn was still not missed
  if line.pace() and not line.get_bit(LAPSED, position) then numbers.tokens = numbers.tokens - 1 end
  line.claimed(now)
end

function line.knock_noted(position, returns_in, hidden, now)
  local stands = line.stands(numbers.generation, position, now)
  if stands == 'next' then
    line.show_up(position, now)
    line.put_at_door(position, returns_in, hidden, now)
  end
  return stands
end

function line.may_return(session, outage, now)
  return not line.ended_has(session) and (outage or now < numbers.rebuilt_until)
end

function line.take_back(session, now)
  if now < numbers.rebuilt_until and numbers.rebuilt_active > 0 then
    numbers.rebuilt_active = numbers.rebuilt_active - 1
  end
  line.was_inside(session)
end

function line.was_inside(session)
  local generation, position = line.place_of(session)
  if generation ~= numbers.generation then return end
  numbers.queue = math.max(numbers.queue, position)
  if position > numbers.serving then line.call(position) end
  if line.spend(position) then numbers.spent_called = numbers.spent_called + 1 end
  line.came_or_left(position)
end

function line.was_handed_out(session)
  local generation, position = line.place_of(session)
  if generation ~= numbers.generation then return generation < numbers.generation end
  return position <= numbers.queue
end

function line.handed_out(sessions)
  local found = {}
  for _, session in ipairs(sessions) do
    if line.was_handed_out(session) then found[#found + 1] = session end
  end
  return found
end

function line.recall_ended(ended, known)
  ended = line.handed_out(ended)
  if #ended > 0 then numbers.ended_last = known + ENDED_AT_ONCE end
  for _, session in ipairs(ended) do line.was_inside(session) end
  line.list_all_ended(ended)
end

function line.is_to_recall(ask)
  return ask.ended_after > numbers.ended_last
    or (ask.fell_back ~= nil and ask.fell_back ~= numbers.fell_back)
end

-- End the sessions that a worker knows to have ended, in a room that fell back to earlier. Others
-- have begun since, which the store has forgotten: as many as the worker saw inside are believed to
-- run in their place.
function line.recall_forgotten(ended, known, seen, now)
  local gone, unlisted = 0, {}
  for _, session in ipairs(line.handed_out(ended)) do
    if line.sessions_remove(session) then gone = gone + 1 end
    if not line.ended_has(session) then unlisted[#unlisted + 1] = session end
  end
  if #unlisted > 0 then
    numbers.ended_last = math.max(numbers.ended_last, known) + ENDED_AT_ONCE
    numbers.fell_back = numbers.fell_back + 1
  end
  for _, session in ipairs(unlisted) do line.was_inside(session) end
  line.list_all_ended(unlisted)
  if gone == 0 or not seen then return end
  line.let_return(now)
  local lost = math.min(numbers.rebuilt_active + gone, seen.active - line.sessions_count())
  numbers.rebuilt_active = math.max(numbers.rebuilt_active, lost)
end

function line.put_all_out()
  local sessions, revoked = line.sessions_clear(), {}
  for i, session in ipairs(sessions) do revoked[i] = 'revoked ' .. session end
  numbers.revoked = numbers.revoked + #sessions
  line.tell_later(revoked)
  return sessions
end

-- One turn as packed doubles, the verdict as its number.
function line.turn(verdict, position, now, generation, ahead)
  generation = generation or numbers.generation
  local expires, unconfirmed = 0, false
  if verdict == 'entered' then
    local ends
    ends, unconfirmed = line.sessions_get(line.session_id(generation, position))
    if ends then expires = unconfirmed and ends or ends - rules.session_grace end
  end
  return line.pack_row({
    VERDICTS[verdict], now, generation, position, expires, unconfirmed and 1 or 0, ahead or 0,
    numbers.serving, numbers.queue, line.active(now), numbers.claimed,
  })
end

-- The reply of a step that says where visitors stand.
function line.turns(packed, events)
  return line.done({ 'ok', room_id, packed, table.concat(events, ' ') })
end
