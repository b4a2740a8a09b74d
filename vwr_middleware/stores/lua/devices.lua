-- Which device holds a place: line/devices.py says why.

function line.holder(position)
  if position > numbers.serving and line.get_bit(SPENT, position) then return GIVEN_UP end
  return numbers.moved_last > 0 and line.moved_get(position) or 0
end

function line.lost_by(place)
  local device = line.holder(place.position)
  if device == GIVEN_UP then return 'left' end
  if place.device < device then return 'moved' end
  if place.device > device then line.give_to(place.position, place.device) end
end

function line.give_to(position, device)
  line.moved_append(position, device)
  local are_many = redis.call('ZCARD', MOVED) - 1 > LEFT_MOST
  local oldest = redis.call('ZRANGE', MOVED, 1, DEVICES_SWEPT, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    local other, device_of_other = tonumber(oldest[i]), line.device_in(oldest[i + 1])
    if other ~= position then
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
    local position, device = row[1], row[2]
    if device == GIVEN_UP then line.forget(position) end
  end
end

function line.is_over(position)
  if position > numbers.serving or not line.get_bit(SPENT, position) then return false end
  return not line.sessions_get(line.session_id(numbers.generation, position))
end
