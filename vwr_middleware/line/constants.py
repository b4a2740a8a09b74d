"""The constants of the rule, in seconds unless the comment says otherwise.

They were found by simulation, varied one at a time. None of them changes how full a room is by more
than half a percent, so none is a setting.
"""

PRESENCE_WINDOW = 15.0  # a visitor is present if it polled in this window or the one before
CROWD = 20  # people: so many do not leave all at once, so if they fall silent it is a silence
HARDLY_ANY = 4  # a crowd is silent if not one in so many is heard
LISTEN = 3.0  # from when the first are heard again; each worker reports its own within a second
NEAR_LEAST = 2.0  # the shortest poll interval of a visitor who waits
NEAR_MOST = 10.0  # the longest within the horizon
FAR_MOST = 60.0  # the longest beyond the horizon
SPACED_MOST = 240.0  # added to that for the last in line, if there are too many polls
FAR_POLLS = 4000.0  # a second, from where on polls are spaced out, however much a worker can do
FEW_POLLS = 200.0  # a second: fewer are little work, and are not, however little it can do
POLL_PART = 0.2  # a visitor polls after this part of the time until its turn at the earliest
CLUMP_POLLS = 25.0  # a second, at most, from those whose turn comes if all inside leave at once
POLL_LATE = 1.2  # pages multiply the interval that they are told by a random factor up to this
DOOR_LEAST = 0.5  # the shortest interval of a called visitor who waits for a slot
NEWCOMER = 5.5  # how long somebody who joined counts as present without having polled
UNHEARD_POLL = 6.0  # by then somebody who is never heard has read the serving counter again
FIRST_POLL = 14.0  # by then the page of whoever joined near the front has polled
NEAR_COUNT = 1000  # positions after the serving counter that are always within the horizon
DOOR_SPARE = 4  # people kept at the door beyond the number of slots, since some do not come
HOLD_LEAST = 4.0  # a place at the door is kept at least so long
EXPIRING_WITHIN = (5.0, 15.0, 30.0, 60.0)  # a snapshot tells how many sessions expire in each
DOOR_MARKS = 50  # positions at the door that a snapshot has at most
CALLED_MOST = 2**18  # positions before the serving counter in which the called are looked for
SUMMONS_HOLD = 4.0  # a slot is held so long for a visitor who was told to come
AT_ONCE = 8.0  # asking again within this is coming at once: SUMMONS_HOLD, and as much for the way
SUMMONSES_KEPT = 500  # people told to come who have not come: at most so many are remembered
SUMMONSES_OVERDUE = 250  # with so many of these overdue, no slot is held for those not remembered
SUMMONSES_SPAN = (
    10  # they are remembered for so many times `claim_within`, even if they stop asking
)
STEP_COUNTS = 10.0  # the most that counts as turn time between two steps
TURN_LOG_STEP = 1.0
HIDDEN_FROM, HIDDEN_UNTIL = 58.0, 69.0  # a hidden page polls once a minute: hold around that

#: People are called so long before a slot is likely to be free, at least. By then all have asked
#: who are told to ask again as soon as anybody in line is.
LEAD_LEAST = 4.0
LATENCY_FIRST = 2.5  # from being called to the claim, before any is measured
LATENCY_MOST = 10.0  # what a visitor who takes longer counts as
LATENCY_CLAIM = 0.45  # the part from the first knock to the claim, which is not measured
LATENCY_WEIGHT = 0.05  # of each visitor in the average

TAU_HAZARD = 60.0  # how fast the measured rates of leaving and of claims decay
TAU_GHOST = 120.0  # the same for the share of the called who never came
TAU_FLOW_SHORT = 10.0  # the same for the quick rate of claims
GHOST_PRIOR = 20.0  # people added to the called, so that the first few do not count too much
GHOST_MOST = 0.9  # the largest such share
FIRST_STAY = 10.0  # how long people are taken to stay, in a room that has just begun
SHARE_LEAST = 0.02  # of those ever seen in line, the part taken to be present at least
SHARE_WEIGHT = 0.1  # of each measurement in the average
SHARE_SAMPLE = 50  # people it is measured on at least

QUEUE_LOG_STEP, QUEUE_LOG_SPAN = 0.5, 15.0
SERVING_LOG_STEP = 1.0
SILENT_STEP = 60.0  # the horizon moves once in this time while nobody is heard
HORIZON_STEP, HORIZON_LOG_STEP, HORIZON_LOG_SPAN = 1.0, 5.0, 74.0
HORIZON_LATE = 2.0  # added for the way of a poll, and for the age of a cached status
HORIZON_ROUNDS = 3  # of a calculation that needs its own result: by then it hardly changes
STARVED_STEP = 5.0  # while too few are known, the horizon's span is doubled once in this time
STARVED_MOST = 10  # doublings at most
FLOW_LOG_STEP, FLOW_LOG_SPAN = 20.0, 600.0
LOAD_LOG_STEP, LOAD_LOG_SPAN = 0.5, 5.0
RANGES_STEP, RANGES_OPEN = 30.0, 12  # ranges that are noted to be settled, for each depth
MISSED_PART = 0.1  # of these the part that misses on each side: four of five hold
MARGIN_FIRST, MARGIN_LEAST, MARGIN_MOST = 1.2, -1.0, 8.0  # in units of the expected spread
MARGIN_STEP = 0.3  # how far a range that was missed moves its margin
RECORD_STEP, RECORD_SPAN = 900.0, 86_400.0
RECORD_LATELY = 2700.0  # seconds; three quarters of an hour, of which the latest is not over
RECORD_SAMPLE = 30  # ranges that were settled lately, before anybody is told that they are off
RECORD_OFF, RECORD_BACK = 0.6, 0.75  # the part that held, below and above which this is told
HISTORY_STEP, HISTORY_ROWS = 10.0, 360  # an hour

#: The history: minutes and hours are kept so long, sixty to a chunk. What of a room is counted, by
#: the names of TOTALS; what a row has, see minutes.py; and the classes of waits, by their ends.
MINUTE, MINUTES_A_CHUNK, MINUTES_KEPT = 60, 60, 30 * 86400
MODES = ("auto", "queue", "paused", "scheduled", "closed", "off", "shadow")
#: In shadow mode, how long visits last: what was seen so many seconds ago counts half.
SHADOW_FADES = 900.0
NO_LIMIT = 2**30  # slots where no limit holds
MINUTE_TOTALS = (
    *("claimed", "completed", "abandoned", "revoked", "expired", "lapsed", "left", "no_shows"),
)
MINUTE_FIELDS = (
    *("waiting", "inside", "limit", "mode", "pace"),
    *("arrivals", "entries"),
    *("completed", "abandoned", "revoked", "expired", "lapsed", "left", "no_shows"),
    *("bypassed", "turned_away", "away", "leapt"),
    *("told", "held", "would_wait", "shadow_line"),
    *("told_low", "told_high"),
    "shadow_waited",
)
WAIT_CLASSES = (
    *(5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1500, 1800, 2400),
    *(3000, 3600, 4500, 5400, 7200, 9000, 10800, 14400, 21600, 43200),
)
#: Behind when it began, the queue counter, the latest leap, the record of the estimates (3), who
#: would have waited, and how long.
FIELDS_AT = len(MINUTE_TOTALS) + 8
WAITS_AT = FIELDS_AT + len(MINUTE_FIELDS)
MINUTE_WIDTH = WAITS_AT + len(WAIT_CLASSES) + 1

#: The day's log: ticks a second, bytes of a chunk and for each visitor, how long it is kept, and
#: how far its marks of time are apart. DAY_SPAN stands in the journal for a row's seconds.
TICKS, DAY_CHUNK, DAY_VISITOR = 10, 2048, 20
DAY_SPAN, DAY_KEPT, DAY_MARK = 1, 2 * 86400, 3600

#: What minutes brought to lanes: this stands in the journal for a row's seconds.
LANE_SPAN = 2

STRIDE = 100  # positions after which the shares of lanes repeat
LANES_MOST = 9  # of a room
CHANGES_KEPT = 8  # of the shares of lanes in a generation: the latest are remembered
UNTOLD_MOST = 500  # events that are kept until somebody can tell them
AUDIT_ROWS = 1000
OUTCOME_ROWS = 1000  # sessions that ended last, with what became of them
KEY_OF_ANOTHER = -1  # the answer to a call by hand whose key came with a call for something else
KEYS_KEPT = 200  # keys of calls by hand that a room remembers, so as to do none of them twice
WAIT_LOG_STEP, WAIT_LOG_SPAN = 10.0, 600.0
STILL_WAITING = 30.0  # who polled within this time is believed to be in line still
SHARERS_ROWS = 1000  # addresses of shared sessions that are remembered at most
CODE_LIFE = 600.0  # how long a resume code works
#: With so many resume codes of a room at a time, only places that have polled get another, and with
#: so many none does. Nobody's code makes way for another's.
CODES_POLLED, CODES_MOST = 10_000, 100_000
#: With so many subscriptions of a room, only places that have polled get another, and with so many
#: none does.
SUBSCRIBERS_POLLED, SUBSCRIBERS_MOST = 1_000, 20_000
SUBSCRIBERS_NEAR = 400  # of those in line so many, the first, count as present
KEPT_SHARE = 2  # of a room's slots one in so many is kept for the called who are away, at most
SUBSCRIBERS_FRONT = 100  # rows that are looked through for notices that are due
NOTICE_LEASE = 90.0  # how long a worker has to send a notice, until another may
SENT, GONE = 0.0, -1.0  # what is reported of a notice that is not to be tried again
NOTICE_TRIES = 5  # times that a notice is handed to a worker at most
DEVICES_MOST = 1000  # moves of one place at most
GIVEN_UP = 65535  # stands for the device of a place that was given up
LEFT_MOST = 10_000  # rows of moved places beyond which the oldest of the given-up are forgotten
DEVICES_SWEPT = 2  # rows of moved places that are checked for each that is written
LEFT_AT_ONCE = 100  # people who left soon after they polled: one refresh corrects at most so many
REPLACED_MOST = 8  # rooms that a restored room remembers to have replaced
ENDED_AT_ONCE = 10_000  # entries of the list of ended sessions that one refresh brings at most
OUTAGE_GRACE = 3600.0  # how long a token is honoured past its end, until a worker says otherwise
GAP_LEAST = 3.0  # without any step between: so long may have been an outage
GAP_TOLD = 10.0  # after a gap, in which a worker may say that it was one

#: While store time is ahead of a clock that was set back, it runs slower by this part; while it is
#: behind, faster. If it is ahead, a gap of more than CLOCK_LEAP between two steps is taken for the
#: clock's correction, and not followed.
CLOCK_REPAID, CLOCK_LEAP = 0.02, 60.0
#: What a worker's monotonic clock says may be off by so much: a step is under way for a while.
CLOCK_TRUSTED = 5.0
DOUBT_MARK = 0.001  # by so much a doubt is later than the last reading before it
CLOCKS_COMPARED = 60.0  # two leaps within this time, forward and back, are two clocks

STOCK_EVERY = 5.0  # the app is asked once in this time what is left, by one worker
STOCK_WAITS = 4.0  # seconds after which its answer is given up
STOCK_TRUSTED = 300.0  # an older answer of the app neither closes a line nor gives odds
GIVEN_BACK_MOST = 4  # units for each person inside that they may put back between two answers

#: How the names of planned changes begin, among the operators' settings: see schedule.py.
PLANNED = "planned:"
#: Who has reset a room, in the audit log, if an opening was over whose line is not kept.
BY_OPENING = "the schedule"
#: What a generation is (draw.py): one without a draw, one in which people register for a draw, one
#: that began with its draw, and the same after the room was closed.
NO_DRAW, REGISTERING, DRAWN, DRAW_OVER = 0, 1, 2, 3
#: After a draw so many pages a second look where they stand, and all within so many seconds.
FIRST_LOOKS, FIRST_LOOK_MOST = 5000.0, 15.0
#: It takes longer, in steps, while one more in so many is heard than the step before, and so long
#: altogether at most: a crowd may be slow at that moment, or the server.
GATHER_STEP, GATHER_PART, GATHER_MOST = 1.0, 50, 30.0
LOOKS_MOST = 20_000  # people who register: of more, each reads the public status only
OPENING_KNOWN = 60.0  # so long after an opening was moved not all pages know of it
BEACON_MOST = 10.0  # seconds before the opening from which on a public value is taken from workers
PLACED_AT_ONCE = 1000  # subscriptions of people who were drawn that one step hands out

#: How long a room settles: workers read it once a second, and a store that was away is tried again
#: after as long. A store is away for RESTART_LEAST at least while it restarts.
SETTLING, RESTART_LEAST = 2.0, 0.02

#: A burst is one person and this many seconds' worth of the rate. With less, part of the rate is
#: lost while people are on their way.
BURST_SECONDS = 3.0

#: A burst counts as at least one person and so many seconds' worth while people are on their way.
COMING_SECONDS = 2.0

#: How an identity begins that has one place and no other once it has gone in: see places.py.
ONCE = "!"

POSITIONS_MOST = 2**31 - 1  # the end of a room: a bitmap of 256 MB
