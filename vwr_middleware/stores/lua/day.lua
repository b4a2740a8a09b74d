-- The day's log; it changes nothing. ARGV: now.

if not line.load() then return { 'lost' } end
local chunks, rows = {}, redis.call('HGETALL', MINUTES)
for at = 1, #rows, 2 do
  local number = string.match(rows[at], '^' .. DAY_SPAN .. ':(%d+)$')
  if number then
    chunks[#chunks + 1] = number
    chunks[#chunks + 1] = rows[at + 1]
  end
end
return { 'ok', string.format('%.17g', line.time()), rules.day_log and 1 or 0, fields.day_log, chunks }
