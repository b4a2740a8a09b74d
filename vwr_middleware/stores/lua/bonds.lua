-- Who may use a session that is bound to a network: line/bonds.py. A network's marks are the last
-- arguments of a step, from ARGV[first] on.

function line.bind(session, first)
  if ARGV[first] then line.sessions_bind(session, ARGV[first]) end
end

function line.may_use(session, first)
  if not ARGV[first] then return true end
  local bound_to = line.sessions_bound_to(session)
  local good = not bound_to
  for i = first, #ARGV do good = good or ARGV[i] == bound_to end
  if good and bound_to ~= ARGV[first] then line.sessions_bind(session, ARGV[first]) end
  return good
end
