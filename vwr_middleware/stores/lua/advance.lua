-- ARGV: now, count, 1 if only those present count, 1 if the rest is kept, who, key.

local refusal = line.refuse()
if refusal then return refusal end
local now = line.begin_by_hand()
local count, who, mark = tonumber(ARGV[2]), ARGV[5], ARGV[6]
local asked = ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4]
local calls = fields.done_calls == '' and {} or cmsgpack.unpack(fields.done_calls)
for _, row in ipairs(calls) do
  if row[1] == mark then -- one of an earlier release does not tell what was asked
    return line.done({ 'ok', (not row[3] or row[3] == asked) and row[2] or KEY_OF_ANOTHER })
  end
end
local before = numbers.serving
local to, found
if ARGV[3] == '1' then
  to, found = line.nth_who_counts(numbers.queue, count, now)
else
  to = line.nth_taken(count)
  found = line.taken_after(to)
end
local called = numbers.draw == REGISTERING and 0 or line.taken_after(to)
line.call_by_hand(to, now)
if ARGV[4] == '1' and numbers.draw ~= REGISTERING then numbers.credit = math.max(numbers.credit, count - found) end
line.note_change(now)
line.add_audit(now, who, 'advance', before, numbers.serving)
if mark ~= '' then
  calls[#calls + 1] = { mark, called, asked }
  while #calls > KEYS_KEPT do table.remove(calls, 1) end
  fields.done_calls = cmsgpack.pack(calls)
end
return line.done({ 'ok', called })
