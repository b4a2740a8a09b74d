"""The little HTTP that the gate speaks, and what may be believed of a request.

How a line moves is not known here. The language:
    http.py          a request, a reply, a pass, a cookie
    session.py       what an app sees of a visitor's session

What is read of a request:
    cookie_header.py       our cookies, found fast; posted.py: fields of a query, a form or JSON
    negotiation.py   what kind it is: a navigation, a prefetch, a crawler, a preflight
    proxies.py       where it comes from, through trusted proxies; cors.py: from whose page
    subrequests.py   whether a proxy asks on behalf of another request
    paths.py         whether its path is protected, however it is spelled; path_readings.py: what
                     a path may be read as
    next_url.py      where its visitor may be sent

What is answered:
    replies.py       replies that know no room; ready.py: replies whose head is made once for many
    static_files.py  style sheets and scripts
    outgoing.py      what becomes of the app's own response; app_response.py: until it is out

What is remembered: remembered.py, answers; throttle.py, tries; once.py, what the log was told.
"""
