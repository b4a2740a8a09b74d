-- ARGV: now, what was seen (6), session, how it ended, the operator who ended it or nothing.

function line.was_called(session)
  local generation, position = line.place_of(session)
  if generation ~= numbers.generation then
    return 0 < generation and generation < numbers.generation
  end
  return 0 < position and position <= numbers.serving
end

function line.is_credible(session, fate, who)
  if fate == 'forgotten' and who == '' then return line.was_handed_out(session) end
  return line.was_called(session)
end

local refusal, now, events = line.begin_asked()
if refusal then return refusal end
line.tell_later(events)
local session, how, who = ARGV[8], ARGV[9], ARGV[10]
local fate = not line.sessions_remove(session) and line.fate_of(session, now)
if fate == 'ended' or (fate and not line.is_credible(session, fate, who)) then
  return line.done({ 'ok', 0 })
end
if fate then line.take_back(session, now) end
line.list_ended(session, how)
if who ~= '' then
  line.note_change(now)
  line.add_audit(now, who, 'revoke', cjson.encode(session), cjson.encode(how))
end
if fate == 'over' then return line.done({ 'ok', 0 }) end
numbers[how] = numbers[how] + 1
line.leave_shadow(1)
line.note_outcomes(now, { how .. ' ' .. session })
if how ~= 'revoked' then numbers.left_sum = numbers.left_sum + 1 end
if who ~= '' then line.tell_later({ how .. ' ' .. session }) end
return line.done({ 'ok', 1 })
