"""What operators see and steer: pages, a JSON API and metrics below one prefix.

panel.py says what answers which path, and to whom: authentication.py knows who asks, by a key, by
our cookie or by the app's own login (operators.py). sign_in.py signs people in and out, and makes
those wait who guess passwords.

What operators can do is in operations.py, once for pages, API and shell:
    messages.py   messages that operators prepare and put in force
    openings.py   when the room opens and closes
    planned.py    which settings change at a time
    changes.py    which settings may be changed, and what a change could hurt
    ending.py     how sessions are ended before their time
    restoring.py  what is known of a lost room, and what an operator says of it; lost_draws.py, of
                  its draw
    report.py     a room in numbers and settings; records.py, what its store records of it
    invitations.py  batches of invitations: made, listed, revoked
    history.py    what the last 30 days brought, and the report of a time (report/)
    alarms.py     what is wrong, who is on it, and what was sent of it
    stock.py      what is left to sell, who said so, and whom it will reach
    cockpit.py    what is needed in a hurry; forecast.py, what comes next
    undoing.py    the last change of settings, taken back
    visitor_times.py  when somebody joined, was called, went in and left
    explain.py    why somebody waits, whom lookup.py finds
    all_rooms.py  all rooms together: totals, the last hour, pausing and resuming them
    others.py     what other operators change while somebody looks
    words.py      how all of that is read and written

language.py says all of it in the language of whoever asks.

The pages are in pages.py, the one of invitations in invitation_pages.py, and what their buttons
ask, do and say in actions.py. forms.py reads what is sent, message_forms.py what is written to
people, and schedule_forms.py what is to happen at a time. replies.py renders and has the headers of
all answers. charts.py says what is shown of a room's past, drawing.py draws it.

What the API offers is one table, endpoints.py: by it api.py answers and describes itself, and the
shell asks. schemas.py has the shapes of what is sent and answered, alarm_schemas.py those of
alarms and webhooks, schedule_schemas.py those of openings and planned changes, lane_schemas.py
those of lanes and invitations, cockpit_schemas.py that of the cockpit. Prometheus reads metrics.py,
OpenTelemetry otel.py: both by figures.py.
"""
