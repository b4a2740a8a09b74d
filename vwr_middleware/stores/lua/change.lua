-- ARGV: now, who, the changes (each name with its value as JSON), the number of the change after
-- which this one is made or '', then the names to forget.

local refusal = line.refuse()
if refusal then return refusal end
local now = line.begin_by_hand()
if ARGV[4] ~= '' and tonumber(ARGV[4]) ~= numbers.changes then return line.done({ 'ok' }) end
line.note_change(now)
local changes, names = cjson.decode(ARGV[3]), {}
for name in pairs(changes) do names[#names + 1] = name end
for i = 5, #ARGV do
  if not changes[ARGV[i]] then names[#names + 1] = ARGV[i] end
end
table.sort(names)
local config, overrides = cjson.decode(fields.config), cjson.decode(fields.overrides)
local previous
for _, name in ipairs(names) do
  if name ~= previous then
    local old = overrides[name] or config[name] or 'null'
    overrides[name] = changes[name]
    local new = overrides[name] or config[name] or 'null'
    if name == 'max_active' and tonumber(new) ~= tonumber(old) then numbers.limit_changed = now end
    if name ~= 'stock_left' or line.note_stock(cjson.decode(old), cjson.decode(new), now) then
      line.add_audit(now, ARGV[2], name, old, new)
    end
    previous = name
  end
end
fields.overrides = cjson.encode(overrides)
line.lay_rules()
return line.done({ 'ok', fields.config, fields.overrides })
