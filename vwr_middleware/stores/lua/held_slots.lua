-- For whom of the called a slot is held at the door, and for how long: line/held_slots.py says why.

-- Who was told to come in and has not come: line/held_slots.py says how a row is kept. In Lua a summons is the
-- index at which its row begins in the packed rows: two doubles, the position and the moment.


local SUMMONS_BYTES, MOMENT_FROM = 16, 8

-- A position's bytes may also occur inside of a row: only where a row begins are they its position.
function line.summons_of(position)
  local packed, at = struct.pack('<d', position), 1
  while true do
    local found = string.find(fields.goes, packed, at, true)
    if not found or found % SUMMONS_BYTES == 1 then return found end
    at = found + 1
  end
end

function line.new_summons(position, turn_at)
  if #fields.goes >= SUMMONS_BYTES * SUMMONSES_KEPT then return nil end
  local summons = #fields.goes + 1
  fields.goes = fields.goes .. line.pack_row({ position, 0 })
  line.start_later(summons, turn_at, false)
  return summons
end

function line.summons_moment(summons) return (struct.unpack('<d', fields.goes, summons + MOMENT_FROM)) end

function line.summoned_at(summons) return math.abs(line.summons_moment(summons)) end

function line.is_second_time(summons) return line.summons_moment(summons) < 0 end

function line.summons_state(summons, turn_at)
  local passed = turn_at - line.summoned_at(summons)
  if passed < 0 then return 'ahead' end
  if passed < rules.claim_within then return 'running' end
  if line.is_second_time(summons) or passed - rules.claim_within <= HIDDEN_UNTIL then return 'over' end
  return 'back'
end

function line.start_summons(summons, turn_at, is_second)
  local packed = struct.pack('<d', is_second and -turn_at or turn_at)
  local before = string.sub(fields.goes, 1, summons + MOMENT_FROM - 1)
  fields.goes = before .. packed .. string.sub(fields.goes, summons + SUMMONS_BYTES)
end

function line.start_later(summons, turn_at, is_second)
  line.start_summons(summons, turn_at + SUMMONSES_SPAN * rules.claim_within, is_second)
end

function line.stay_over(summons, turn_at)
  line.start_summons(summons, turn_at - rules.claim_within, line.is_second_time(summons))
end

function line.forget_old_summonses(turn_at)
  local kept, span = {}, SUMMONSES_SPAN * rules.claim_within
  for summons = 1, #fields.goes, SUMMONS_BYTES do
    if turn_at - line.summoned_at(summons) < span then
      kept[#kept + 1] = string.sub(fields.goes, summons, summons + SUMMONS_BYTES - 1)
    end
  end
  fields.goes = table.concat(kept)
end

function line.overdue_summonses(turn_at)
  local overdue = 0
  for summons = 1, #fields.goes, SUMMONS_BYTES do
    if turn_at - line.summoned_at(summons) >= rules.claim_within then overdue = overdue + 1 end
  end
  return overdue
end

function line.forget_summons(position)
  local summons = line.summons_of(position)
  if not summons then return end
  fields.goes = string.sub(fields.goes, 1, summons - 1) .. string.sub(fields.goes, summons + SUMMONS_BYTES)
end

-- Who has missed a turn, and turn time: line/held_slots.py says why.


function line.turn_time(now) return now - numbers.still end

function line.may_be_lost() return rules.late == 'lost' end

function line.note_in_time(position)
  if line.may_be_lost() then line.set_bit(IN_TIME, position) end
end

function line.note_must_come(position)
  if line.may_be_lost() then line.clear_bit(IN_TIME, position) end
end

function line.has_missed_turn(position, now)
  if not line.may_be_lost() or line.door_has(position) or line.get_bit(IN_TIME, position) then
    return false
  end
  local summons, turn_at = line.summons_of(position), line.turn_time(now) - rules.claim_within
  if summons and fields.turn_log ~= '' then
    return math.max(line.summoned_at(summons), line.cell(fields.turn_log, 2, 1, 1)) <= turn_at
  end
  return position <= line.log_value('turn_log', turn_at)
end

function line.keep_turn_log(now)
  if not line.may_be_lost() then
    if fields.turn_log ~= '' then fields.turn_log = '' end
    return
  end
  local row, within = { line.turn_time(now), numbers.serving }, rules.claim_within
  line.keep('turn_log', row, math.max(TURN_LOG_STEP, within / 60), within)
end

-- Whose slots they are: line/held_slots.py says why.


function line.needed_before(position, now)
  local free, needed = line.available(), line.door_ahead(position, now)
  if needed >= free then return needed end
  local awaited = line.awaited_before(position, now)
  if awaited > 0 and moment.per_second then return math.max(free, needed + awaited) end
  return needed + awaited
end

function line.awaited_before(position, now)
  local awaited = 0
  for _, row in ipairs(line.close_cohorts(now)) do
    local after, to = row[FROM], math.min(row[TO], position - 1)
    if after < to and row[FRESH] ~= AWAY then awaited = awaited + math.max(0, line.not_come(after, to, now)) end
  end
  return awaited
end

function line.not_come(after, to, now)
  local here = line.heard_unspent(after, to, numbers.window, line.fresh_after(now))
  if here == 0 then return 0 end
  local came = line.door_ahead(to + 1, now) - line.door_ahead(after + 1, now)
  for _, text in ipairs(line.door_later(now)) do
    local position = tonumber(text)
    if position > after and position <= to then came = came + 1 end
  end
  for summons = 1, #fields.goes, SUMMONS_BYTES do
    local position = struct.unpack('<d', fields.goes, summons)
    if position > after and position <= to and not line.door_has(position) then came = came + 1 end
  end
  return here - came
end

function line.held_for(returns_in) return math.max(HOLD_LEAST, 2.5 * returns_in + 1.5) end

function line.note_first_knock(position, now)
  line.note({ position }, {}, numbers.window)
  if line.door_has(position) or line.summons_of(position) then return end
  for _, row in ipairs(line.cohorts()) do
    if row[FROM] < position and position <= row[TO] and row[FRESH] ~= AWAY then
      local took = now - row[CALLED_AT] + LATENCY_CLAIM
      local late = math.min(took, LATENCY_MOST) - numbers.latency
      numbers.latency = numbers.latency + LATENCY_WEIGHT * late
      break
    end
  end
  if not line.note_who_came(position, now) then numbers.walk_ins = numbers.walk_ins + 1 / 60 end
  line.note_knock(position, now)
end

function line.hold_for_claim(position, now)
  local turn_at, is_over, is_again = line.turn_time(now), nil, false
  line.forget_old_summonses(turn_at)
  local summons = line.summons_of(position) or line.new_summons(position, turn_at)
  if summons then
    is_again = line.summons_state(summons, turn_at) == 'running'
    is_over = line.told_to_come(position, summons, turn_at) == 'over'
  else
    is_over = line.overdue_summonses(turn_at) >= SUMMONSES_OVERDUE
  end
  if is_over then
    line.door_remove(position)
  elseif not (is_again and line.is_quiet(now)) then
    line.door_put(position, now, now + SUMMONS_HOLD, false)
  end
end

function line.told_to_come(position, summons, turn_at)
  local state = line.summons_state(summons, turn_at)
  if state == 'over' then
    line.stay_over(summons, turn_at)
    return 'over'
  end
  if state ~= 'running' then
    line.start_summons(summons, turn_at, state == 'back' or line.is_second_time(summons))
    line.note_must_come(position)
  end
  return 'running'
end

function line.take_from_door(position)
  line.door_remove(position)
  line.forget_summons(position)
end

function line.put_at_door(position, returns_in, hidden, now, claims)
  line.note_in_time(position)
  local summons = line.summons_of(position)
  if summons and line.found_no_slot(summons, line.turn_time(now), claims) == 'over' then
    line.door_remove(position)
  elseif hidden then
    line.door_put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, true)
  else
    line.door_put(position, now, now + line.held_for(returns_in), false)
  end
end

function line.found_no_slot(summons, turn_at, claims)
  local state, is_second = line.summons_state(summons, turn_at), line.is_second_time(summons)
  if turn_at - line.summoned_at(summons) < AT_ONCE then
    line.start_later(summons, turn_at, is_second)
    return 'ahead'
  end
  if not is_second and (claims or state ~= 'over') then
    line.start_later(summons, turn_at, true)
    return 'ahead'
  end
  if state == 'over' then line.stay_over(summons, turn_at) end
  return state
end
