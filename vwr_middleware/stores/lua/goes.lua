-- Who was told to come in and has not come: line/goes.py says how a row is kept. In Lua a go is the
-- index at which its row of 16 bytes begins in the packed rows.

-- A position's bytes may also occur inside of a row: only where a row begins are they its position.
function line.go_of(position)
  local blob, wanted_bytes, at = fields.goes, struct.pack('<d', position), 1
  while true do
    local found = string.find(blob, wanted_bytes, at, true)
    if not found or found % 16 == 1 then return found end
    at = found + 1
  end
end

function line.new_go(position, moment)
  fields.goes = fields.goes .. line.pack_row({ position, line.later(moment) })
  return #fields.goes - 15
end

function line.go_moment(go) return (struct.unpack('<d', fields.goes, go + 8)) end

function line.go_since(go) return math.abs(line.go_moment(go)) end

function line.go_is_second(go) return line.go_moment(go) < 0 end

function line.write_go(go, since, is_second)
  local moment = struct.pack('<d', is_second and -since or since)
  fields.goes = string.sub(fields.goes, 1, go + 7) .. moment .. string.sub(fields.goes, go + 16)
end

function line.begin_later(go, moment, is_second)
  line.write_go(go, line.later(moment), is_second)
end

function line.later(moment) return moment + GOES_SPAN * rules.claim_within end

function line.forget_goes(moment)
  local kept, span = {}, GOES_SPAN * rules.claim_within
  for go = 1, #fields.goes, 16 do
    if moment - line.go_since(go) < span then
      kept[#kept + 1] = string.sub(fields.goes, go, go + 15)
    end
  end
  fields.goes = table.concat(kept)
end

function line.overdue_goes(moment)
  local overdue = 0
  for go = 1, #fields.goes, 16 do
    if moment - line.go_since(go) >= rules.claim_within then overdue = overdue + 1 end
  end
  return overdue
end

function line.forget_go(position)
  local go = line.go_of(position)
  if not go then return end
  fields.goes = string.sub(fields.goes, 1, go - 1) .. string.sub(fields.goes, go + 16)
end
