-- For whom of the called a slot is held at the door, and for how long: line/door.py says why.

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

function line.not_yet(moment) return moment + GOES_SPAN * rules.claim_within end

-- The packed rows, with another row in place of the one at `at`; its moment is negative if `again`.
function line.with_go(at, position, told_at, again)
  local row = line.pack_row({ position, again and -told_at or told_at })
  return string.sub(fields.goes, 1, at - 1) .. row .. string.sub(fields.goes, at + 16)
end

function line.may_be_held_for(at, position, now)
  if not at then return true end
  local moment, told_at = line.turn_time(now), (struct.unpack('<d', fields.goes, at + 8))
  local passed, again = moment - math.abs(told_at), told_at < 0
  if passed >= rules.claim_within then
    local is_back = not again and passed - rules.claim_within > HIDDEN_UNTIL
    told_at = is_back and line.not_yet(moment) or moment - rules.claim_within
    fields.goes = line.with_go(at, position, told_at, again or is_back)
    return is_back
  end
  return true
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
  local at = line.go_row(position)
  local may_be_held_for = line.may_be_held_for(at, position, now)
  if not at and #goes < GOES_KEPT then
    at = #fields.goes + 1
    fields.goes = fields.goes .. line.pack_row({ position, line.not_yet(moment) })
  end
  local told_at = at and (struct.unpack('<d', fields.goes, at + 8))
  if at and math.abs(told_at) > moment then
    fields.goes = line.with_go(at, position, moment, told_at < 0)
    line.must_come(position)
  end
  if may_be_held_for and (at or overdue < GOES_OVERDUE) then
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

function line.found_no_slot(at, position, claims, now)
  if not at then return end
  local moment, told_at = line.turn_time(now), (struct.unpack('<d', fields.goes, at + 8))
  local passed, again = moment - math.abs(told_at), told_at < 0
  local at_once = passed < AT_ONCE
  if at_once or (not again and (claims or passed < rules.claim_within)) then
    fields.goes = line.with_go(at, position, line.not_yet(moment), again or not at_once)
  end
end

function line.put_at_door(position, returns_in, hidden, now, claims)
  local at = line.go_row(position)
  line.came(position)
  line.found_no_slot(at, position, claims, now)
  if not line.may_be_held_for(at, position, now) then
    line.door_remove(position)
  elseif hidden then
    line.door_put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, true)
  else
    line.door_put(position, now, now + math.max(HOLD_LEAST, 2.5 * returns_in + 1.5), false)
  end
end
