-- What the steps of operators share: line/operator_steps.py.

-- The next refresh tells what has ended.
function line.begin_by_hand()
  local now, events = line.begin(line.time(), nil, true)
  line.tell_later(events)
  line.follow_schedule(now)
  local drawn = {}
  line.follow_draw(now, drawn)
  line.tell_later(drawn)
  return now
end

function line.call_by_hand(to, now)
  local before = numbers.serving
  if to <= before or numbers.draw == REGISTERING then return end
  local _, found = line.nth_who_counts(to, to - before, now)
  line.expect_unheard(math.max(before, line.last_near()), to, now)
  line.call_together(to, found, now)
  line.tell_later({ string.format('called %d-%d', before + 1, to) })
  line.note_moves(now)
end
