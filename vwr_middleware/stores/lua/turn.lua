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
