-- ARGV: now, what was seen (4), generation, position.

local seen = seen_from(2)
local refusal = refuse(seen)
if refusal then return refusal end
local now = enter(seen, time(ARGV[1]))
local generation, position = tonumber(ARGV[6]), tonumber(ARGV[7])
local verdict = standing(generation, position, now)
if verdict ~= 'waiting' and verdict ~= 'next' and verdict ~= 'missed' then
  return done({ 'ok', verdict })
end
forget(position)
spend(position)
if position <= numbers.serving then numbers.spent_called = numbers.spent_called + 1 end
came_or_left(position)
numbers.left = numbers.left + 1
return done({ 'ok', 'spent' })
