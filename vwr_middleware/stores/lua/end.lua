-- ARGV: now, what was seen (6), session, how it ended, the operator who ended it or nothing.

function line.may_have_been(session)
  local generation, position = line.place_of(session)
  if generation ~= numbers.generation then
    return 0 < generation and generation < numbers.generation
  end
  return 0 < position and position <= numbers.serving
end

function line.may_run(session, who, now)
  if not line.may_return(session, false, now) then return false end
  if who == '' then return line.was_handed_out(session) end
  return line.may_have_been(session)
end

function line.end_late(session, how)
  line.was_inside(session)
  line.list_ended(session, how)
end

function line.write_down(session, how, who, now)
  if who == '' then return end
  line.add_audit(now, who, 'revoke', cjson.encode(session), cjson.encode(how))
end

local seen = line.seen_asked()
local refusal = line.refuse(seen)
if refusal then return refusal end
local now, events = line.enter(seen, line.time())
line.tell_later(events)
local session, how = ARGV[8], ARGV[9]
local was_running = line.sessions_remove(session)
if not was_running and not line.may_run(session, ARGV[10], now) then
  if line.may_have_been(session) and not line.ended_has(session) then
    line.end_late(session, how)
    line.write_down(session, how, ARGV[10], now)
  end
  return line.done({ 'ok', 0 })
end
if not was_running then line.take_back(session, now) end
line.list_ended(session, how)
line.write_down(session, how, ARGV[10], now)
numbers[how] = numbers[how] + 1
if how ~= 'revoked' then numbers.left_sum = numbers.left_sum + 1 end
if ARGV[10] ~= '' then line.tell_later({ how .. ' ' .. session }) end
return line.done({ 'ok', 1 })
