-- What the steps of visitors share: line/steps.py in the same order.

local function session_name(generation, position)
  return string.format('%d-%d', generation, position)
end

local function turn_is_over(position, now)
  local called_by_then = log_value('serving_log', now - rules.claim_within)
  return position <= called_by_then and not door_has(position)
end

local function standing(generation, position, now)
  if generation ~= numbers.generation then return 'reset' end
  if not (0 < position and position <= numbers.queue) then return 'unknown' end
  if sessions_get(session_name(generation, position)) then return 'entered' end
  if get_bit(SPENT, position) then return 'spent' end
  if position > numbers.serving then return 'waiting' end
  if rules.late == 'lost' and turn_is_over(position, now) then return 'missed' end
  return 'next'
end

local function open_session(position, now)
  local ends = now + rules.confirm_within
  sessions_put(session_name(numbers.generation, position), ends, true)
  numbers.tokens_until = math.max(numbers.tokens_until, ends)
  spend(position)
  numbers.spent_called = numbers.spent_called + 1
  came_or_left(position)
  if pace() then numbers.tokens = numbers.tokens - 1 end
  claimed(now)
end

local function knock_noted(position, told_seconds, hidden, now)
  if standing(numbers.generation, position, now) == 'next' then
    show_up(position, now)
    put_at_door(position, told_seconds, hidden, now)
  end
end

local function may_return(session, outage, now)
  return not ended_has(session) and (outage or now < numbers.rebuilt_until)
end

local function take_back(session, now)
  if now < numbers.rebuilt_until and numbers.rebuilt_active > 0 then
    numbers.rebuilt_active = numbers.rebuilt_active - 1
  end
  local generation, position = position_of(session)
  if generation ~= numbers.generation then return end
  numbers.queue = math.max(numbers.queue, position)
  if position > numbers.serving then call(position) end
  if spend(position) then numbers.spent_called = numbers.spent_called + 1 end
end

-- One turn as packed doubles, the verdict as its number.
local function turn(verdict, position, now, generation, ahead)
  generation = generation or numbers.generation
  local expires, first = 0, false
  if verdict == 'entered' then
    local ends, unconfirmed = sessions_get(session_name(generation, position))
    if ends then
      first = unconfirmed
      expires = first and ends or ends - rules.session_grace
    end
  end
  return pack_row({
    VERDICTS[verdict], now, generation, position, expires, first and 1 or 0, ahead or 0,
    numbers.serving, numbers.queue,
  })
end

-- The reply of a step that says where visitors stand.
local function turns(packed, events)
  return done({ 'ok', room_id, packed, table.concat(events, ' ') })
end
