"""The little HTTP that the gate speaks, and what may be believed of a request.

How a line moves is not known here. The language:
    http.py           a request, a reply, a pass, a cookie; fields of a query, a form or JSON
    session.py        what an app sees of a visitor's session

What is read of a request:
    cookie_header.py  our cookies, found fast
    request_kinds.py  what kind it is: a navigation, a prefetch, a crawler, a preflight
    proxies.py        where it comes from, through trusted proxies; cors.py: from whose page
    paths.py          whether its path is protected, however it is spelled
    path_readings.py  what a path may be read as
    proxy_subrequests.py  whether a proxy only asks about a request
    next_url.py       where its visitor may be sent

What is answered:
    replies.py        replies that know no room, and heads that are made once for many
    calendar.py       an event as a calendar file
    static_files.py   style sheets and scripts, and where our files are
    app_response.py   what becomes of the app's own response, until it is out

What is sent to others: outgoing.py, a POST of whose answer only the status counts.

What is remembered: remembered.py, answers, and what the log was told; throttle.py, tries.
"""
