"""Notices: word to people who are away that their turn has come.

room_notices.py  what a subscription says, and telling one visitor by all ways that it names
web_push.py      one of these ways: Web Push, by pywebpush
sending.py       the threads that send
notifier.py      one worker takes notices that are due, sends them, and reports
"""
