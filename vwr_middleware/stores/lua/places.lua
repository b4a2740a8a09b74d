-- Where a place stands: line/places.py.

-- Which device holds a place: line/places.py says why.


function line.holder(position, number)
  if position > numbers.serving and line.get_bit(SPENT, position) then return GIVEN_UP end
  if numbers.moved_last == 0 then return 0 end
  local device = line.moved_get(line.row_of(position)) or 0
  return number and math.max(device, line.moved_get(-number) or 0) or device
end

function line.lost_by(place)
  local device = line.holder(place.position, place.number)
  if device == GIVEN_UP then return 'left' end
  if place.device < device then return 'moved' end
  if place.device > device then line.give_to(place.position, place.device) end
end

function line.give_to(position, device)
  local row = line.row_of(position)
  line.moved_append(row, device)
  local are_many = redis.call('ZCARD', MOVED) - 1 > LEFT_MOST
  local oldest = redis.call('ZRANGE', MOVED, 1, DEVICES_SWEPT, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    local other, device_of_other = tonumber(oldest[i]), line.device_in(oldest[i + 1])
    if other ~= row then
      if (are_many and device_of_other == GIVEN_UP) or line.is_over(other) then
        redis.call('ZREM', MOVED, oldest[i])
      else
        line.moved_append(other, device_of_other)
      end
    end
  end
end

function line.forget_left(known)
  local rows = line.moved_after(known, LEFT_AT_ONCE)
  for _, row in ipairs(line.unpack_rows(rows, 2)) do
    local position, device = line.row_of(row[1]), row[2]
    if device == GIVEN_UP and position > 0 then line.forget(position) end
  end
end

function line.is_over(position)
  if position <= 0 then return false end
  if position > numbers.serving or not line.get_bit(SPENT, position) then return false end
  return not line.sessions_get(line.session_id(numbers.generation, position))
end

function line.standing(place, now)
  local position = place.position
  if place.generation == numbers.generation and 0 < position and position <= numbers.queue then
    local lost = line.lost_by(place)
    if lost then return lost end
  end
  return line.stands(place.generation, position, now)
end

function line.stands(generation, position, now)
  if generation ~= numbers.generation then
    return line.is_registered(generation, position) and 'drawn' or 'reset'
  end
  if not (0 < position and position <= numbers.queue) then return 'unknown' end
  if line.sessions_get(line.session_id(generation, position)) then return 'entered' end
  if line.get_bit(SPENT, position) then return 'spent' end
  if position > numbers.serving then return 'waiting' end
  return line.has_missed_turn(position, now) and 'missed' or 'next'
end

function line.is_registered(generation, position)
  if not line.is_drawn() or generation ~= numbers.generation - 1 or position < 1 then
    return false
  end
  if fields.draw_lanes ~= '' then return line.has_registered(position) end
  return position <= numbers.drawn
end

function line.known_place(identity, now, drawn)
  local kept, number = line.identities_get(identity), nil
  if not kept then return nil end
  local position, is_number = math.abs(kept), line.is_drawn() and kept > 0
  if is_number and fields.draw_lanes == '' then is_number = position <= numbers.drawn end
  if is_number then
    if drawn == 0 then
      local before = numbers.generation - 1
      if not line.is_registered(before, position) then return nil end
      return { generation = before, position = position }
    end
    position, number = drawn, position
  end
  local place = { generation = numbers.generation, position = position, number = number }
  place.device = line.holder(position, number)
  local held = { waiting = true, next = true, entered = true }
  held.spent = string.sub(identity, 1, 1) == ONCE
  return held[line.standing(place, now)] and place or nil
end

function line.note_identity(identity, position)
  line.identities_put(identity, line.is_drawn() and fields.draw_lanes ~= '' and -position or position)
end

-- The answer to a step, as the room stands after it.


local VERDICTS = {}
for i, verdict in ipairs(VERDICT_NAMES) do VERDICTS[verdict] = i - 1 end

-- One turn as packed doubles, the verdict as its number.
function line.turn_of(verdict, position, now, generation, ahead, device)
  generation = generation or numbers.generation
  local expires, unconfirmed = 0, false
  if verdict == 'entered' then
    local ends
    ends, unconfirmed = line.sessions_get(line.session_id(generation, position))
    if ends then expires = unconfirmed and ends or ends - rules.session_grace end
  end
  return line.pack_row({
    VERDICTS[verdict], now, generation, position, expires, unconfirmed and 1 or 0, ahead or 0,
    numbers.serving, numbers.queue, line.active(), numbers.claimed,
    device or 0,
  })
end

-- The reply of a step that says where visitors stand.
function line.turns(packed, events)
  return line.done({ 'ok', room_id, packed, table.concat(events, ' ') })
end

-- The same for one visitor.
function line.answer(verdict, position, now, events, generation, ahead)
  return line.turns(line.turn_of(verdict, position, now, generation, ahead), events)
end
