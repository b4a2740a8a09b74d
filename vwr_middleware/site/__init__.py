"""What a request meets first, before any room.

routing.py          which path goes where, and how requests to one path are answered
room_of_request.py  which room protects a request
tracing.py          whether OpenTelemetry is told
drill_rooms.py      copies of the rooms, for a rehearsal
decorated_views.py  rooms in front of single views: what the decorators have in common
"""
