-- What the steps of operators share: line/operate.py.

function line.call_by_hand(to, now)
  local before = numbers.serving
  if to <= before then return end
  local _, found = line.nth_who_counts(to, to - before, now)
  line.call_together(to, found, now)
  line.tell_later({ string.format('called %d-%d', before + 1, to) })
end
