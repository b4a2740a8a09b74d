-- Who may use a session that is bound to a network: line/bonds.py.

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
