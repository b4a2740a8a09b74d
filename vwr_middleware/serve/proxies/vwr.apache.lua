-- Asks the waiting room whether a request may go on to the app. Made by `vwr init --for apache`:
-- vwr.apache.conf calls it for each request.
--
-- With a yes, the request goes its usual way, and the app and the visitor's response get what the
-- room has told. Otherwise the visitor is shown the room's answer.

local http = require "socket.http"

local ROOM = "http://{{ room_service }}"
local PREFIX = "{{ settings.prefix }}"
local PANEL = "{{ settings.admin_prefix }}"
local THIS_FILE = "/etc/apache2/sites-available/vwr.apache.lua"
local key = nil  -- vwr.apache.conf has it, and puts it into each request

-- What belongs to the connection, to the body, or to the question itself.
local LEFT_OUT = {
    ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["keep-alive"] = true,
    ["te"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
}
local OF_APP = { "VWR-Session-Id", "VWR-Position", "VWR-Room" }
-- vwr.apache.conf makes headers of these.
local OF_VISITOR = {
    VWR_COOKIE_1 = "vwr-set-cookie-1", VWR_COOKIE_2 = "vwr-set-cookie-2",
    VWR_COOKIE_3 = "vwr-set-cookie-3", VWR_COOKIE_4 = "vwr-set-cookie-4",
    VWR_TOKEN = "vwr-token", VWR_SESSION_EXPIRES = "vwr-session-expires",
    VWR_EXPOSED = "access-control-expose-headers",
}

-- Of an answer that is shown, beside what belongs to the connection.
local OF_ROOM_ALONE = {
    ["content-length"] = true, ["date"] = true, ["server"] = true, ["set-cookie"] = true,
    ["content-type"] = true, ["vwr-decision"] = true, ["vwr-status"] = true,
}

local function is_below(path, prefix)
    return path == prefix or path:sub(1, #prefix + 1) == prefix .. "/"
end

local function ask(r)
    http.TIMEOUT = 5
    local headers = {}
    for name, value in pairs(r:headers_in_table()) do
        if not LEFT_OUT[name:lower()] then
            headers[name:lower()] = value
        end
    end
    local parts = {}
    local answered, status, told = http.request {
        url = ROOM .. PREFIX .. "/auth/apache", headers = headers, redirect = false,
        sink = function(part) if part then parts[#parts + 1] = part end return 1 end,
    }
    -- Without this header it is no answer of the room.
    if not answered or not told["vwr-decision"] then
        return "down", {}, ""
    end
    return status == 200 and "yes" or "no", told, table.concat(parts)
end

-- What the visitor's response has to bring along.
local function note_for_visitor(r, told)
    for variable, name in pairs(OF_VISITOR) do
        if told[name] then
            r.subprocess_env[variable] = told[name]
        end
    end
end

-- Keeps the room's answer for `handle`, which Apache calls when it is the answer's turn.
local function show(r, verdict, told, body)
    local status = verdict == "no" and (told["vwr-status"] or "403") or "503"
    local names = {}
    for name, value in pairs(told) do
        if not (LEFT_OUT[name] or OF_ROOM_ALONE[name] or name:find("^vwr%-set%-cookie")) then
            names[#names + 1] = name
            r.notes["vwr-header-" .. name] = value
        end
    end
    r.notes["vwr-status"] = status
    r.notes["vwr-names"] = table.concat(names, " ")
    r.notes["vwr-type"] = told["content-type"] or "text/plain"
    r.notes["vwr-body"] = body
    note_for_visitor(r, told)
    r.handler = "lua-script"
    r.filename = THIS_FILE
    return apache2.OK
end

function handle(r)
    if not r.notes["vwr-status"] then
        return 404
    end
    r.status = tonumber(r.notes["vwr-status"])
    r.content_type = r.notes["vwr-type"]
    for name in r.notes["vwr-names"]:gmatch("%S+") do
        r.headers_out[name] = r.notes["vwr-header-" .. name]
    end
    r:puts(r.notes["vwr-body"] or "")
    return apache2.OK
end

local function send_to_room(r, path)
    r.handler = "proxy-server"
    r.proxyreq = apache2.PROXYREQ_REVERSE
    r.filename = "proxy:" .. ROOM .. path
    return apache2.OK
end

-- Takes out headers with a "_" in their names, which PHP and others take for a "-"; and what the
-- visitor says about the connection, since headers that are named there do not go on.
local function tidy(r)
    for name in pairs(r:headers_in_table()) do
        if name:find("_", 1, true) then
            r.headers_in[name] = nil
        end
    end
    local named = (r.headers_in["Connection"] or ""):lower()
    if named:find("vwr-", 1, true) or named:find("x-", 1, true) then
        r.headers_in["Connection"] = named:find("upgrade", 1, true) and "upgrade" or nil
    end
end

function vwr_ask(r)
    tidy(r)
    key = r.headers_in["VWR-Decision-Key"] or key
    r.headers_in["VWR-Decision-Key"] = nil
    -- As it was sent: so Apache and the room read the same, and nothing goes to the app unasked.
    local path = r.unparsed_uri:match("^[^?]*")
    if is_below(path, PREFIX .. "/auth") then
        return 404  -- nobody outside may ask for decisions
    end
    if path:sub(1, #PREFIX + 1) == PREFIX .. "/" or is_below(path, PANEL) then
        r.notes["proxy-nocanon"] = "1"
        return send_to_room(r, r.unparsed_uri)
    end
    r.headers_in["X-Original-URI"] = r.unparsed_uri
    r.headers_in["X-Original-Method"] = r.method
    r.headers_in["VWR-Decision-Key"] = key
    local is_well, verdict, told, body = pcall(ask, r)
    r.headers_in["VWR-Decision-Key"] = nil
    if not is_well then
        r:err("the waiting room could not be asked: " .. tostring(verdict))
        verdict, told, body = "down", {}, ""
    end
    -- If the room itself is down, Apache answers 503 to everybody. To let everybody in instead,
    -- without a waiting room, take the two - away from the next line.
    -- if verdict == "down" then verdict, told = "yes", {} end
    if verdict ~= "yes" and r.method == "HEAD" then  -- for which Apache never calls `handle`
        r.headers_in["VWR-Decision-Key"] = key
        return send_to_room(r, PREFIX .. "/auth/page")
    end
    if verdict ~= "yes" then
        return show(r, verdict, told, body)
    end
    for _, name in ipairs(OF_APP) do
        r.headers_in[name] = told[name:lower()]
    end
    note_for_visitor(r, told)
    return apache2.DECLINED
end
