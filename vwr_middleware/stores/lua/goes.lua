-- Who was told to come in and has not come: line/goes.py says how a row is kept. In Lua a go is the
-- index at which its row begins in the packed rows: two doubles, the position and the moment.

local GO_BYTES, MOMENT_FROM = 16, 8

-- A position's bytes may also occur inside of a row: only where a row begins are they its position.
function line.go_of(position)
  local packed, at = struct.pack('<d', position), 1
  while true do
    local found = string.find(fields.goes, packed, at, true)
    if not found or found % GO_BYTES == 1 then return found end
    at = found + 1
  end
end

function line.new_go(position, moment)
  if #fields.goes >= GO_BYTES * GOES_KEPT then return nil end
  local go = #fields.goes + 1
  fields.goes = fields.goes .. line.pack_row({ position, 0 })
  line.start_later(go, moment, false)
  return go
end

function line.go_moment(go) return (struct.unpack('<d', fields.goes, go + MOMENT_FROM)) end

function line.go_since(go) return math.abs(line.go_moment(go)) end

function line.is_second_time(go) return line.go_moment(go) < 0 end

function line.go_state(go, moment)
  local passed = moment - line.go_since(go)
  if passed < 0 then return 'ahead' end
  if passed < rules.claim_within then return 'running' end
  if line.is_second_time(go) or passed - rules.claim_within <= HIDDEN_UNTIL then return 'over' end
  return 'back'
end

function line.start_go(go, moment, is_second)
  local packed = struct.pack('<d', is_second and -moment or moment)
  local before = string.sub(fields.goes, 1, go + MOMENT_FROM - 1)
  fields.goes = before .. packed .. string.sub(fields.goes, go + GO_BYTES)
end

function line.start_later(go, moment, is_second)
  line.start_go(go, moment + GOES_SPAN * rules.claim_within, is_second)
end

function line.stay_over(go, moment)
  line.start_go(go, moment - rules.claim_within, line.is_second_time(go))
end

function line.forget_goes(moment)
  local kept, span = {}, GOES_SPAN * rules.claim_within
  for go = 1, #fields.goes, GO_BYTES do
    if moment - line.go_since(go) < span then
      kept[#kept + 1] = string.sub(fields.goes, go, go + GO_BYTES - 1)
    end
  end
  fields.goes = table.concat(kept)
end

function line.overdue_goes(moment)
  local overdue = 0
  for go = 1, #fields.goes, GO_BYTES do
    if moment - line.go_since(go) >= rules.claim_within then overdue = overdue + 1 end
  end
  return overdue
end

function line.forget_go(position)
  local go = line.go_of(position)
  if not go then return end
  fields.goes = string.sub(fields.goes, 1, go - 1) .. string.sub(fields.goes, go + GO_BYTES)
end
