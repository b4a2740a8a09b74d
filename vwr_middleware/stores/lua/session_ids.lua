-- Session ids: how a session is known everywhere, by its generation and position.

function line.session_id(generation, position)
  return string.format('%d-%d', generation, position)
end

function line.place_of(session)
  local generation, position = string.match(session, '^(%d+)-(%d+)$')
  return tonumber(generation), tonumber(position)
end
