"""The constants of the rule, in seconds unless their names say otherwise.

They were found by simulation, varied one at a time; none of them moves the use of a room by more
than half a percent, so none is a setting.
"""

PRESENCE_WINDOW = 15.0  # a visitor is present if it polled in this window or the one before
CROWD = 20  # so many do not leave all at once: if hardly any is heard any more, none could be
HARDLY_ANY = 4  # not one in so many
LISTEN = 3.0  # from when the first are heard; each worker tells of its own within a second
NEAR_LEAST = 2.0  # the shortest poll interval of a visitor who waits
NEAR_MOST = 10.0  # the longest within the horizon
FAR_MOST = 60.0  # the longest beyond the horizon
DOOR_LEAST = 0.5  # the shortest interval of a called visitor who waits for a slot
NEWCOMER = 5.5  # how long somebody who joined counts as present without having polled
NEAR_COUNT = 1000  # so many positions after the serving counter are always near
DOOR_SPARE = 4  # kept at the door beyond as many as there are slots, since some do not come
HOLD_LEAST = 4.0  # a place at the door is kept at least so long
DOOR_MARKS = 50  # a snapshot has at most so many of the positions at the door
GO_HOLD = 4.0  # a slot is held so long for a visitor who was told to come
AT_ONCE = 8.0  # who asks again within this came at once: it is GO_HOLD, and as much for the way
GOES_KEPT = 500  # at most so many who were told to come, and have not come, are remembered
GOES_OVERDUE = 250  # with so many of these overdue, others are held no slot
GOES_SPAN = 10  # they are remembered for so many times `claim_within`, even if they ask no more
STEP_COUNTS = 10.0  # at most so much of the time between two steps counts as turn time
TURN_LOG_STEP = 1.0
HIDDEN_FROM, HIDDEN_UNTIL = 58.0, 69.0  # a hidden page polls once a minute: hold around that

LATENCY_FIRST = 2.5  # from being called to the first knock, before any is measured
LATENCY_MOST = 10.0
LATENCY_CLAIM = 0.45  # from the first knock to the claim
LATENCY_WEIGHT = 0.05

TAU_HAZARD = 60.0  # how fast the measured rate of leaving forgets
TAU_GHOST = 120.0  # the same for the share of the called who never came
TAU_FLOW_SHORT = 10.0
GHOST_PRIOR = 20.0
GHOST_MOST = 0.9
SHARE_LEAST = 0.02
SHARE_WEIGHT = 0.1
SHARE_SAMPLE = 50

QUEUE_LOG_STEP, QUEUE_LOG_SPAN = 0.5, 6.0
SERVING_LOG_STEP = 1.0
SILENT_STEP = 60.0  # in which the horizon moves once while nobody is heard
HORIZON_STEP, HORIZON_LOG_STEP, HORIZON_LOG_SPAN = 1.0, 5.0, 74.0
STARVED_STEP = 5.0  # in which the horizon's span is doubled once while too few are known
STARVED_MOST = 10  # times that it is doubled
FLOW_LOG_STEP, FLOW_LOG_SPAN = 20.0, 600.0
LOAD_LOG_STEP, LOAD_LOG_SPAN = 0.5, 5.0
MARKS_STEP, MARKS_OPEN, MARKS_SCORED = 30.0, 20, 30
HISTORY_STEP, HISTORY_ROWS = 10.0, 360
UNTOLD_MOST = 500  # events that are kept until somebody can tell them
AUDIT_ROWS = 1000
KEYS_KEPT = 200  # a room remembers so many keys of calls by hand, so as to do none of them twice
WAIT_LOG_STEP, WAIT_LOG_SPAN = 10.0, 600.0
STILL_WAITING = 30.0  # who polled within this time is believed to be in line still
SHARERS_ROWS = 1000  # at most so many addresses of shared sessions are remembered
CODE_LIFE = 600.0  # how long a resume code works
CODES_MOST = 10_000  # resume codes of a room at a time; with more, the oldest stops working
DEVICES_MOST = 1000  # a place moves at most so often
GIVEN_UP = 65535  # stands for the device of a place that was given up
DEVICES_SWEPT = 2  # rows of places that moved are looked at for each that is written
LEFT_AT_ONCE = 100  # one refresh puts right at most so many who left soon after they had polled
REPLACED_MOST = 8  # a restored room remembers so many rooms that it has replaced
ENDED_AT_ONCE = 10_000  # one refresh brings at most so many entries of the list of ended sessions
OUTAGE_GRACE = 3600.0  # a token is honoured so long past its end, until a worker says otherwise

#: While store time is ahead of a clock that was set back, it falls behind by this part of the time
#: that passes. And if more than so many seconds lie between two steps, the rest is taken for the
#: correction of the clock, and store time does not follow it.
CLOCK_REPAID, CLOCK_LEAP = 0.02, 60.0

#: A burst is one person and as many as come in this many seconds: with less, part of the rate is
#: lost while people are on their way.
BURST_SECONDS = 3.0

POSITIONS_MOST = 2**31 - 1  # the end of a room: a bitmap of 256 MB
