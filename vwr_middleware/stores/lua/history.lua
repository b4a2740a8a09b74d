-- What is kept of a span of time; it changes nothing. ARGV: now, a span, the numbers of its first
-- and last chunk.

if not line.load() then return { 'lost' } end
local span, chunks = ARGV[2], {}
for number = tonumber(ARGV[3]), tonumber(ARGV[4]) do
  local chunk = redis.call('HGET', MINUTES, span .. ':' .. string.format('%.0f', number))
  if chunk then
    chunks[#chunks + 1] = string.format('%.0f', number)
    chunks[#chunks + 1] = chunk
  end
end
return { 'ok', string.format('%.17g', line.time()), fields.minute, fields.hour, chunks }
