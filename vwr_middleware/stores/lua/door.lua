-- For whom of the called a slot is held at the door, and for how long: line/door.py says why.

function line.held_for(returns_in) return math.max(HOLD_LEAST, 2.5 * returns_in + 1.5) end

function line.show_up(position, now)
  if line.door_has(position) or line.go_of(position) then return end
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

function line.may_be_held_for(go, now)
  if not go then return true end
  local moment = line.turn_time(now)
  local passed, is_second = moment - line.go_since(go), line.go_is_second(go)
  if passed < rules.claim_within then return true end
  local is_back = not is_second and passed - rules.claim_within > HIDDEN_UNTIL
  if is_back then
    line.begin_later(go, moment, true)
  else
    line.write_go(go, moment - rules.claim_within, is_second)
  end
  return is_back
end

function line.hold_for_claim(position, now)
  local moment = line.turn_time(now)
  line.forget_goes(moment)
  local overdue = line.overdue_goes(moment)
  local go = line.go_of(position)
  local may_be_held_for = line.may_be_held_for(go, now)
  if not go and #fields.goes < 16 * GOES_KEPT then go = line.new_go(position, moment) end
  if go and line.go_since(go) > moment then
    line.write_go(go, moment, line.go_is_second(go))
    line.must_come(position)
  end
  if may_be_held_for and (go or overdue < GOES_OVERDUE) then
    line.door_put(position, now, now + GO_HOLD, false)
  else
    line.door_remove(position)
  end
end

function line.came_or_left(position)
  line.door_remove(position)
  line.forget_go(position)
end

function line.found_no_slot(go, claims, now)
  local moment = line.turn_time(now)
  local passed, is_second = moment - line.go_since(go), line.go_is_second(go)
  if passed < AT_ONCE then
    line.begin_later(go, moment, is_second)
  elseif not is_second and (claims or passed < rules.claim_within) then
    line.begin_later(go, moment, true)
  end
end

function line.put_at_door(position, returns_in, hidden, now, claims)
  local go = line.go_of(position)
  line.came(position)
  if go then line.found_no_slot(go, claims, now) end
  if not line.may_be_held_for(go, now) then
    line.door_remove(position)
  elseif hidden then
    line.door_put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, true)
  else
    line.door_put(position, now, now + line.held_for(returns_in), false)
  end
end
