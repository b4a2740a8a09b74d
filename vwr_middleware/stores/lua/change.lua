-- ARGV: now, who, the changes (each name with its value as JSON), the number of the change after
-- which this one is made or '', then the names to forget.

local refusal = line.refuse()
if refusal then return refusal end
local now = line.begin_by_hand()
if ARGV[4] ~= '' and tonumber(ARGV[4]) ~= numbers.changes then return line.done({ 'ok' }) end
line.note_change(now)
local forget = {}
for i = 5, #ARGV do forget[#forget + 1] = ARGV[i] end
line.override(cjson.decode(ARGV[3]), forget, ARGV[2], now)
return line.done({ 'ok', fields.config, fields.overrides, string.format('%.17g', line.wall(now)) })
