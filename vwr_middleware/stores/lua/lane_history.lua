-- What is kept of each lane in a span of time; it changes nothing. ARGV: now, the numbers of its
-- first and last chunk.

if not line.load() then return { 'lost' } end
local chunks = {}
for number = tonumber(ARGV[2]), tonumber(ARGV[3]) do
  local name = string.format('%.0f', number)
  local chunk = redis.call('HGET', MINUTES, LANE_SPAN .. ':' .. name)
  if chunk then
    chunks[#chunks + 1] = name
    chunks[#chunks + 1] = chunk
  end
end
return { 'ok', fields.lane_minute, chunks }
