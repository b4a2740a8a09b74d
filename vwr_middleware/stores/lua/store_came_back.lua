-- After its store came back, a room settles: line/store_came_back.py says why.

-- The number of the server's run. It takes 20 us to ask, and no server restarts or is replaced in
-- RESTART_LEAST: so steps that follow each other so fast do not ask. 0: this user may not ask.
function line.note_run(passed, now)
  if numbers.run ~= 0 and math.abs(passed) < RESTART_LEAST then return end
  local server = redis.pcall('INFO', 'server')
  local id = type(server) == 'string' and string.match(server, 'run_id:(%x+)')
  local run = id and tonumber(string.sub(id, 1, 12), 16) or 0
  if run == 0 or numbers.run == run then return end
  if numbers.run ~= 0 then line.settle(now) end
  numbers.run = run
end

function line.settle(now)
  numbers.numbers_from = now + SETTLING
  line.hold_slots(now)
end

function line.hold_slots(now)
  if now >= numbers.slots_from then numbers.slots_from = now + SETTLING end
end
