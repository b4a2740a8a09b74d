"""Alarms: word to operators that something is wrong, or worth a look.

kinds.py         each kind of alarm: what it says, how grave it is, and from where on
conditions.py    what of it holds in a room, as one worker sees it
shared_book.py   reads and changes the book in the store
book.py          which alarms are on, what is still to be sent and what was: one text in the store
messages.py      what receivers are told: the body of a webhook, and words for a chat
receivers.py     who is told, by the settings
webhooks.py      one kind of receiver: an address that takes signed JSON
signatures.py    how that is signed
services.py      another: mail, chats and the like, by the library apprise
sending.py       the threads that send, one for each receiver
outages.py       the one alarm that the store cannot keep: that it does not answer
alarms.py        a worker's rounds, which bring all this together
"""
