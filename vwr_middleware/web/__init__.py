"""The little HTTP that the gate speaks, and what may be believed of a request.

How a line moves is not known here.

http.py is the language: a request, a reply, a pass, a cookie; session.py, what an app sees of a
visitor's session.

What is read of a request: cookies.py and posted.py, what it brings; negotiation.py, of what kind it
is; proxies.py, from where it comes; cors.py, from whose page; paths.py, whether its path is
protected; next_url.py, where its visitor may be sent.

What is answered: replies.py; ready.py, in part made before; static_files.py. What becomes of the
app's own response: outgoing.py, and passes.py where a decorated view has a part in it.

What is remembered: kept.py, answers; throttle.py, tries; once.py, what the log was told.
"""
