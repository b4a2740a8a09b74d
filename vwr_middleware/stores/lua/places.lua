-- Where a place stands: line/places.py.

function line.standing(place, now)
  local position = place.position
  if place.generation == numbers.generation and 0 < position and position <= numbers.queue then
    local lost = line.lost_by(place)
    if lost then return lost end
  end
  return line.stands(place.generation, position, now)
end

function line.stands(generation, position, now)
  if generation ~= numbers.generation then return 'reset' end
  if not (0 < position and position <= numbers.queue) then return 'unknown' end
  if line.sessions_get(line.session_id(generation, position)) then return 'entered' end
  if line.get_bit(SPENT, position) then return 'spent' end
  if position > numbers.serving then return 'waiting' end
  return line.has_missed_turn(position, now) and 'missed' or 'next'
end

function line.known_place(identity, now)
  local position = line.identities_get(identity)
  if not position then return nil end
  local device = line.holder(position)
  local place = { generation = numbers.generation, position = position, device = device }
  local held = { waiting = true, next = true, entered = true }
  return held[line.standing(place, now)] and place or nil
end
