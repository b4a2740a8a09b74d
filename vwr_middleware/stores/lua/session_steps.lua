-- What is done to sessions that have begun: line/session_steps.py says why.

-- Who may use a session that is bound to a network: line/session_steps.py.


-- A network's marks, which are the last arguments of a step: from ARGV[first] on.
function line.marks_asked(first) return { unpack(ARGV, first) } end

function line.bind(session, marks)
  if marks[1] then line.sessions_bind(session, marks[1]) end
end

function line.may_use(session, marks)
  if not marks[1] then return true end
  local bound_to = line.sessions_bound_to(session)
  local good = not bound_to
  for _, mark in ipairs(marks) do good = good or mark == bound_to end
  if good and bound_to ~= marks[1] then line.sessions_bind(session, marks[1]) end
  return good
end

function line.fate_of(session, now)
  if line.ended_has(session) then return 'ended' end
  return now < numbers.rebuilt_until and 'forgotten' or 'over'
end

function line.take_back(session, now)
  if now < numbers.rebuilt_until and numbers.rebuilt_active > 0 then
    numbers.rebuilt_active = numbers.rebuilt_active - 1
  end
  line.note_was_inside(session)
end

function line.note_was_inside(session)
  local generation, position = line.place_of(session)
  if generation ~= numbers.generation then return end
  numbers.queue = math.max(numbers.queue, position)
  if position > numbers.serving then line.raise_serving(position) end
  if line.spend(position) then numbers.spent_called = numbers.spent_called + 1 end
  line.take_from_door(position)
end

function line.list_known_endings(ended, known)
  ended = line.handed_out(ended)
  if #ended > 0 then line.number_above(known) end
  for _, session in ipairs(ended) do line.note_was_inside(session) end
  line.list_all_ended(ended)
end

function line.forgot_endings(ask)
  return ask.ended_after > numbers.ended_last
    or (ask.fell_back ~= nil and ask.fell_back ~= numbers.fell_back)
end

function line.end_again_forgotten(ended, known, seen, now)
  local gone, unlisted = 0, {}
  for _, session in ipairs(line.handed_out(ended)) do
    if line.sessions_remove(session) then gone = gone + 1 end
    if not line.ended_has(session) then unlisted[#unlisted + 1] = session end
  end
  if #unlisted > 0 then
    line.number_above(known)
    numbers.fell_back = numbers.fell_back + 1
  end
  for _, session in ipairs(unlisted) do line.note_was_inside(session) end
  line.list_all_ended(unlisted)
  if gone == 0 or not seen then return end
  line.let_return(now)
  local lost = math.min(numbers.rebuilt_active + gone, seen.active - line.sessions_count())
  numbers.rebuilt_active = math.max(numbers.rebuilt_active, lost)
end

-- `how` is nil if it is not known.
function line.list_ended(session, how) line.list_all_ended({ session }, how) end

-- A thousand at a time: one by one, many would block the server for half a second.
function line.list_all_ended(sessions, how)
  for from = 1, #sessions, 1000 do
    local ended, hows = { 'ZADD', ENDED }, { 'ZADD', ENDED_HOW }
    for i = from, math.min(from + 999, #sessions) do
      numbers.ended_last = numbers.ended_last + 1
      local at = #ended
      ended[at + 1], ended[at + 2] = numbers.ended_last, sessions[i]
      if how then hows[at + 1], hows[at + 2] = numbers.ended_last, sessions[i] .. ' ' .. how end
    end
    redis.call(unpack(ended))
    if how then redis.call(unpack(hows)) end
  end
  if how and #sessions > 0 then redis.call('EXPIRE', ENDED_HOW, DAY) end
end

function line.put_all_out(now)
  local sessions, revoked = line.sessions_clear(), {}
  for i, session in ipairs(sessions) do revoked[i] = 'revoked ' .. session end
  numbers.revoked = numbers.revoked + #sessions
  line.leave_shadow(#sessions)
  line.note_outcomes(now, revoked)
  line.tell_later(revoked)
  return sessions
end

function line.was_handed_out(session)
  local generation, position = line.place_of(session)
  if generation ~= numbers.generation then return generation < numbers.generation end
  return position <= numbers.queue
end

function line.handed_out(sessions)
  local found = {}
  for _, session in ipairs(sessions) do
    if line.was_handed_out(session) then found[#found + 1] = session end
  end
  return found
end
