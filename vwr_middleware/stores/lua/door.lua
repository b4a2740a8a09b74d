-- Who of the called is waited for at the door, and for how long: line/door.py says why.

-- Where the row of a position begins among those told to come; nil if it is not there.
function line.go_row(position)
  local blob, wanted_bytes, at = fields.goes, struct.pack('<d', position), 1
  while true do
    local found = string.find(blob, wanted_bytes, at, true)
    if not found or found % 16 == 1 then return found end
    at = found + 1
  end
end

function line.told_to_come(position)
  local at = line.go_row(position)
  return at and math.abs((struct.unpack('<d', fields.goes, at + 8)))
end

function line.show_up(position, now)
  if line.door_has(position) or line.told_to_come(position) then return end
  for _, row in ipairs(line.unpack_rows(fields.cohorts, 7)) do
    if row[FROM] < position and position <= row[TO] then
      local took = now - row[AT] + LATENCY_CLAIM
      local late = math.min(took, LATENCY_MOST) - numbers.latency
      numbers.latency = numbers.latency + LATENCY_WEIGHT * late
      break
    end
  end
  line.knocked(position, now)
end

function line.may_be_held_for(position, now)
  local at = line.go_row(position)
  if not at then return true end
  local moment, since = line.turn_time(now), (struct.unpack('<d', fields.goes, at + 8))
  local silent_for = moment - math.abs(since) - rules.claim_within
  if silent_for < 0 then return true end
  local is_back = silent_for > HIDDEN_UNTIL and since > 0
  local told_at = is_back and -moment or moment - rules.claim_within
  if since < 0 then told_at = -told_at end
  fields.goes = string.sub(fields.goes, 1, at - 1) .. line.pack_row({ position, told_at })
    .. string.sub(fields.goes, at + 16)
  return is_back
end

function line.hold_for_claim(position, now)
  local moment, goes, overdue = line.turn_time(now), {}, 0
  for _, row in ipairs(line.unpack_rows(fields.goes, 2)) do
    local passed = moment - math.abs(row[2])
    if passed < GOES_SPAN * rules.claim_within then
      goes[#goes + 1] = row
      if passed >= rules.claim_within then overdue = overdue + 1 end
    end
  end
  fields.goes = line.pack_rows(goes)
  local is_known = line.go_row(position) ~= nil
  if not is_known and #goes < GOES_KEPT then
    fields.goes = fields.goes .. line.pack_row({ position, moment })
    line.must_come(position)
    is_known = true
  end
  if (is_known or overdue < GOES_OVERDUE) and line.may_be_held_for(position, now) then
    line.door_put(position, now, now + GO_HOLD, false)
  else
    line.door_remove(position)
  end
end

function line.came_or_left(position)
  line.door_remove(position)
  local at = line.go_row(position)
  if not at then return end
  fields.goes = string.sub(fields.goes, 1, at - 1) .. string.sub(fields.goes, at + 16)
end

function line.put_at_door(position, told_seconds, hidden, now)
  line.came(position)
  if not line.may_be_held_for(position, now) then
    line.door_remove(position)
  elseif hidden then
    line.door_put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, true)
  else
    line.door_put(position, now, now + math.max(HOLD_LEAST, 2.5 * told_seconds + 1.5), false)
  end
end
