-- For whom of the called a slot is held at the door, and for how long: line/held_slots.py says why.

-- Who was told to come in and has not come: line/held_slots.py says how a row is kept. In Lua a invitation is the
-- index at which its row begins in the packed rows: two doubles, the position and the moment.


local INVITATION_BYTES, MOMENT_FROM = 16, 8

-- A position's bytes may also occur inside of a row: only where a row begins are they its position.
function line.invitation_of(position)
  local packed, at = struct.pack('<d', position), 1
  while true do
    local found = string.find(fields.goes, packed, at, true)
    if not found or found % INVITATION_BYTES == 1 then return found end
    at = found + 1
  end
end

function line.new_invitation(position, turn_at)
  if #fields.goes >= INVITATION_BYTES * INVITATIONS_KEPT then return nil end
  local invitation = #fields.goes + 1
  fields.goes = fields.goes .. line.pack_row({ position, 0 })
  line.start_later(invitation, turn_at, false)
  return invitation
end

function line.invitation_moment(invitation) return (struct.unpack('<d', fields.goes, invitation + MOMENT_FROM)) end

function line.invited_at(invitation) return math.abs(line.invitation_moment(invitation)) end

function line.is_second_time(invitation) return line.invitation_moment(invitation) < 0 end

function line.invitation_state(invitation, turn_at)
  local passed = turn_at - line.invited_at(invitation)
  if passed < 0 then return 'ahead' end
  if passed < rules.claim_within then return 'running' end
  if line.is_second_time(invitation) or passed - rules.claim_within <= HIDDEN_UNTIL then return 'over' end
  return 'back'
end

function line.start_invitation(invitation, turn_at, is_second)
  local packed = struct.pack('<d', is_second and -turn_at or turn_at)
  local before = string.sub(fields.goes, 1, invitation + MOMENT_FROM - 1)
  fields.goes = before .. packed .. string.sub(fields.goes, invitation + INVITATION_BYTES)
end

function line.start_later(invitation, turn_at, is_second)
  line.start_invitation(invitation, turn_at + INVITATIONS_SPAN * rules.claim_within, is_second)
end

function line.stay_over(invitation, turn_at)
  line.start_invitation(invitation, turn_at - rules.claim_within, line.is_second_time(invitation))
end

function line.forget_old_invitations(turn_at)
  local kept, span = {}, INVITATIONS_SPAN * rules.claim_within
  for invitation = 1, #fields.goes, INVITATION_BYTES do
    if turn_at - line.invited_at(invitation) < span then
      kept[#kept + 1] = string.sub(fields.goes, invitation, invitation + INVITATION_BYTES - 1)
    end
  end
  fields.goes = table.concat(kept)
end

function line.overdue_invitations(turn_at)
  local overdue = 0
  for invitation = 1, #fields.goes, INVITATION_BYTES do
    if turn_at - line.invited_at(invitation) >= rules.claim_within then overdue = overdue + 1 end
  end
  return overdue
end

function line.forget_invitation(position)
  local invitation = line.invitation_of(position)
  if not invitation then return end
  fields.goes = string.sub(fields.goes, 1, invitation - 1) .. string.sub(fields.goes, invitation + INVITATION_BYTES)
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
  local invitation, turn_at = line.invitation_of(position), line.turn_time(now) - rules.claim_within
  if invitation and fields.turn_log ~= '' then
    return math.max(line.invited_at(invitation), line.cell(fields.turn_log, 2, 1, 1)) <= turn_at
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
  for invitation = 1, #fields.goes, INVITATION_BYTES do
    local position = struct.unpack('<d', fields.goes, invitation)
    if position > after and position <= to and not line.door_has(position) then came = came + 1 end
  end
  return here - came
end

function line.held_for(returns_in) return math.max(HOLD_LEAST, 2.5 * returns_in + 1.5) end

function line.note_first_knock(position, now)
  line.note({ position }, {}, numbers.window)
  if line.door_has(position) or line.invitation_of(position) then return end
  for _, row in ipairs(line.cohorts()) do
    if row[FROM] < position and position <= row[TO] and row[FRESH] ~= AWAY then
      local took = now - row[CALLED_AT] + LATENCY_CLAIM
      local late = math.min(took, LATENCY_MOST) - numbers.latency
      numbers.latency = numbers.latency + LATENCY_WEIGHT * late
      break
    end
  end
  if not line.note_who_came(position, now) then numbers.walk_ins = numbers.walk_ins + 1 / 60 end
end

function line.hold_for_claim(position, now)
  local turn_at, is_over, is_again = line.turn_time(now), nil, false
  line.forget_old_invitations(turn_at)
  local invitation = line.invitation_of(position) or line.new_invitation(position, turn_at)
  if invitation then
    is_again = line.invitation_state(invitation, turn_at) == 'running'
    is_over = line.told_to_come(position, invitation, turn_at) == 'over'
  else
    is_over = line.overdue_invitations(turn_at) >= INVITATIONS_OVERDUE
  end
  if is_over then
    line.door_remove(position)
  elseif not (is_again and line.is_quiet(now)) then
    line.door_put(position, now, now + INVITATION_HOLD, false)
  end
end

function line.told_to_come(position, invitation, turn_at)
  local state = line.invitation_state(invitation, turn_at)
  if state == 'over' then
    line.stay_over(invitation, turn_at)
    return 'over'
  end
  if state ~= 'running' then
    line.start_invitation(invitation, turn_at, state == 'back' or line.is_second_time(invitation))
    line.note_must_come(position)
  end
  return 'running'
end

function line.take_from_door(position)
  line.door_remove(position)
  line.forget_invitation(position)
end

function line.put_at_door(position, returns_in, hidden, now, claims)
  line.note_in_time(position)
  local invitation = line.invitation_of(position)
  if invitation and line.found_no_slot(invitation, line.turn_time(now), claims) == 'over' then
    line.door_remove(position)
  elseif hidden then
    line.door_put(position, now + HIDDEN_FROM, now + HIDDEN_UNTIL, true)
  else
    line.door_put(position, now, now + line.held_for(returns_in), false)
  end
end

function line.found_no_slot(invitation, turn_at, claims)
  local state, is_second = line.invitation_state(invitation, turn_at), line.is_second_time(invitation)
  if turn_at - line.invited_at(invitation) < AT_ONCE then
    line.start_later(invitation, turn_at, is_second)
    return 'ahead'
  end
  if not is_second and (claims or state ~= 'over') then
    line.start_later(invitation, turn_at, true)
    return 'ahead'
  end
  if state == 'over' then line.stay_over(invitation, turn_at) end
  return state
end
