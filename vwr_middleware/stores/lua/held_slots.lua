-- For whom of the called a slot is held at the door, and for how long: line/held_slots.py says why.

function line.held_for(returns_in) return math.max(HOLD_LEAST, 2.5 * returns_in + 1.5) end

function line.note_first_knock(position, now)
  line.note({ position }, {}, numbers.window)
  if line.door_has(position) or line.go_of(position) then return end
  local rows = line.cohorts()
  for _, row in ipairs(rows) do
    if row[FROM] < position and position <= row[TO] then
      local took = now - row[CALLED_AT] + LATENCY_CLAIM
      local late = math.min(took, LATENCY_MOST) - numbers.latency
      numbers.latency = numbers.latency + LATENCY_WEIGHT * late
      if row[DUE] <= now then break end
      row[CAME] = math.min(row[COUNT], row[CAME] + 1)
      fields.cohorts = line.pack_rows(rows)
      return
    end
  end
  numbers.walk_ins = numbers.walk_ins + 1 / 60
end

function line.hold_for_claim(position, now)
  local moment, is_over = line.turn_time(now), nil
  line.forget_goes(moment)
  local go = line.go_of(position) or line.new_go(position, moment)
  if go then
    is_over = line.told_to_come(position, go, moment) == 'over'
  else
    is_over = line.overdue_goes(moment) >= GOES_OVERDUE
  end
  if is_over then
    line.door_remove(position)
  else
    line.door_put(position, now, now + GO_HOLD, false)
  end
end

function line.told_to_come(position, go, moment)
  local state = line.go_state(go, moment)
  if state == 'over' then
    line.stay_over(go, moment)
    return 'over'
  end
  if state ~= 'running' then
    line.start_go(go, moment, state == 'back' or line.is_second_time(go))
    line.note_must_come(position)
  end
  return 'running'
end

function line.take_from_door(position)
  line.door_remove(position)
  line.forget_go(position)
end

function line.put_at_door(position, returns_in, hidden, now, claims)
  line.note_in_time(position)
  local go = line.go_of(position)
  if go and line.found_no_slot(go, line.turn_time(now), claims) == 'over' then
    line.door_remove(position)
  elseif hidden then
    line.door_put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, true)
  else
    line.door_put(position, now, now + line.held_for(returns_in), false)
  end
end

function line.found_no_slot(go, moment, claims)
  local state, is_second = line.go_state(go, moment), line.is_second_time(go)
  if moment - line.go_since(go) < AT_ONCE then
    line.start_later(go, moment, is_second)
    return 'ahead'
  end
  if not is_second and (claims or state ~= 'over') then
    line.start_later(go, moment, true)
    return 'ahead'
  end
  if state == 'over' then line.stay_over(go, moment) end
  return state
end
