-- Asks the waiting room whether a request may go on to the app. Made by `vwr init --for haproxy`:
-- vwr.haproxy.cfg loads it, and says where the room is.
--
-- Sets txn.vwr_verdict: "yes", "no", or "down" if the room does not answer. With a yes, it sets
-- what the app is told and what the visitor's response has to bring along.

-- What belongs to the connection, to the body, or to the question itself.
local left_out = {
    ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true,
    ["keep-alive"] = true, ["te"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
    ["vwr-decision-key"] = true, ["x-original-method"] = true, ["x-original-uri"] = true,
}
local brought = {
    ["vwr-session-id"] = "txn.vwr_session_id", ["vwr-position"] = "txn.vwr_position",
    ["vwr-room"] = "txn.vwr_room", ["vwr-token"] = "txn.vwr_token",
    ["vwr-session-expires"] = "txn.vwr_session_expires",
    ["access-control-expose-headers"] = "txn.vwr_exposed",
    ["vwr-set-cookie-1"] = "txn.vwr_cookie_1", ["vwr-set-cookie-2"] = "txn.vwr_cookie_2",
    ["vwr-set-cookie-3"] = "txn.vwr_cookie_3", ["vwr-set-cookie-4"] = "txn.vwr_cookie_4",
}

local function ask(txn, url, destination, key)
    local address = txn.sf:pathq()
    local headers = {
        ["host"] = { txn.sf:req_hdr("host") },
        ["vwr-decision-key"] = { key },
        ["x-original-method"] = { txn.sf:method() },
        ["x-original-uri"] = { address == "" and "*" or address },
    }
    for name, values in pairs(txn.http:req_get_headers()) do
        if not left_out[name] then
            headers[name] = {}
            for number = 0, #values do
                table.insert(headers[name], values[number])
            end
        end
    end
    local asked = { url = url, headers = headers, timeout = 5000 }
    if destination ~= "-" then
        asked.dst = destination
    end
    local answer = core.httpclient():get(asked)
    local told = answer.headers or {}
    if not told["vwr-decision"] then  -- HAProxy's own 503, or something else that is no room
        txn:set_var("txn.vwr_verdict", "down")
    elseif answer.status ~= 200 then
        txn:set_var("txn.vwr_verdict", "no")
    else
        for name, variable in pairs(brought) do
            if told[name] then
                txn:set_var(variable, told[name][0])
            end
        end
        txn:set_var("txn.vwr_verdict", "yes")
    end
end

core.register_action("vwr_ask", { "http-req" }, function(txn, url, destination, key)
    txn:set_var("txn.vwr_verdict", "down")
    local is_well, problem = pcall(ask, txn, url, destination, key)
    if not is_well then
        txn:set_var("txn.vwr_verdict", "down")
        core.Alert("the waiting room could not be asked: " .. tostring(problem))
    end
end, 3)
