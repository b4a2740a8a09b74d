-- Who has missed a turn, and turn time: line/late.py says why.

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
  local go, moment = line.go_of(position), line.turn_time(now) - rules.claim_within
  if go and fields.turn_log ~= '' then
    return math.max(line.go_since(go), line.cell(fields.turn_log, 2, 1, 1)) <= moment
  end
  return position <= line.log_value('turn_log', moment)
end

function line.keep_turn_log(now)
  if not line.may_be_lost() then
    if fields.turn_log ~= '' then fields.turn_log = '' end
    return
  end
  local row, within = { line.turn_time(now), numbers.serving }, rules.claim_within
  line.keep('turn_log', row, math.max(TURN_LOG_STEP, within / 60), within)
end
