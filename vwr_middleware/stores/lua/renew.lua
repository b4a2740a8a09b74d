-- ARGV: now, what was seen (6), session, 1 for `take_back` (line/session_steps.py says when),
-- `lasts` or 0, the marks of the network.

local refusal, now, events = line.begin_asked()
if refusal then return refusal end
local session = ARGV[8]
local generation, position = line.place_of(session)
local ends, unconfirmed = line.sessions_get(session)
local fate = not ends and line.fate_of(session, now)
if fate == 'ended' or (fate == 'over' and ARGV[9] ~= '1') then
  return line.answer('ended', position, now, events, generation)
end
if not line.may_use(session, line.marks_asked(11)) then
  return line.answer('locked', position, now, events, generation)
end
if not ends then
  line.take_back(session, now)
elseif not rules.renew and not unconfirmed then
  return line.answer('entered', position, now, events, generation)
end
local length, lasts = rules.session_seconds, tonumber(ARGV[10])
ends = now + (lasts > 0 and math.min(lasts, length) or length) + rules.session_grace
line.sessions_put(session, ends, false)
numbers.tokens_until = math.max(numbers.tokens_until, ends)
return line.answer('entered', position, now, events, generation)
