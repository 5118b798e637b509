"""The rules that are numbers, each once: what it is, and why it is so much.

The database's functions know them too: where their SQL says `{policy.NAME}`, `db/migrations.py`
puts the number in.
"""

from datetime import timedelta

# Page sizes
LARGEST_PAGE = 100
"""Items that GitHub gives at once."""
FIRST_CONNECTIONS = 20
"""How many lists to ask for at once, until it is known what GitHub takes."""
SMALLEST_COMMENTS_PAGE = 10
"""GitHub answers large pages of a repository's review comments with 502 where it is busy."""
CLEAN_PAGES_TO_GROW = 2
CLEAN_PAGES_TO_FORGET_A_FAILURE = 20
CLEAN_PAGES_TO_TRY_AGAIN = 20
"""The same where time is predicted."""
FAMILIAR_GROWTH = 1.25
"""How many times the largest page of late a page may be and still count as one that came before."""

# Time
CUT_OFF_MILLISECONDS = 10_000.0
"""GitHub's own time limit of a query.

https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts
"""
SLOW_MILLISECONDS = 6_000
"""GitHub charges extra for what it cuts off: shrink well before."""
AT_ONCE_SECONDS = 8
"""GitHub cuts off what it worked on for ten seconds. What ends sooner, ended for another reason."""

# Quota
RESERVED_PART = 5
"""One part in so many of an hourly quota is left to others."""
SMALLEST_RESERVE = 50
"""Points, or requests, that are left to others however small the quota is."""
REFRESH_PAGES_A_RUN = 100
"""A round of a giant is spread over runs, so that it spends no hour's quota at once."""

# What is stored
ENOUGH_STORED = 0.8
"""A repository with a smaller part of its pull requests needs a backfill."""
COMMIT_BYTES = 800_000
"""The most that the rows of one commit may weigh as JSON: a call takes a megabyte at most."""
NEARLY_FULL = 0.8
"""People are warned at this part of a limit: of the database, or of a month's budget."""
FULL = 0.95
"""At this part of the database's limit the warning is an error."""

# The share of GitHub Actions
ACTIONS_TARGET = 0.25
ACTIONS_BAND = 0.05
"""The share is to stay so close to its target."""
MANY_PULL_REQUESTS = 1_000
MANY_DAYS = 7
"""A sync of so many days of a repository with so many pull requests is too long for Inngest."""

# Faults
UNAVAILABLE_TRIES = 3
SECONDARY_TRIES = 3
FIRST_SECONDARY_WAIT = 60
"""Seconds; doubled each time.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""
PATIENCE = timedelta(minutes=15)
"""How long to leave GitHub alone after it kept on asking to wait."""

REFUSALS_IN_A_ROW = 5
"""So many repositories in a row with the same refusal: it is the database, not the repositories."""
REFUSALS_OF_PERMISSION_IN_A_ROW = 2
"""A missing right is seldom about one repository."""

# When a source is due
RHYTHM = timedelta(hours=12)
"""A repository that was synced so lately is not synced again, unless GitHub shows that it moved."""
RHYTHM_HOURS = RHYTHM // timedelta(hours=1)
OVERLAP = timedelta(minutes=5)
"""How far a sync goes back behind its watermark: GitHub's times may lag behind its writes."""
SETTLED = OVERLAP + timedelta(hours=1)
"""So old is a moment in which nothing can change any more: an hour is for a clock that is wrong."""
FIRST_SYNC = timedelta(days=30)
"""How far the first sync of a repository without a backfill goes back."""
SMALL_REPOSITORY = 100
"""The first sync of one with fewer pull requests takes all of them: it is no more than a page."""
SYNC_BESIDE_A_BACKFILL = timedelta(days=1)
"""How far a sync goes back while the backfill is active, which brings the rest."""
CLOCKS_DIFFER = timedelta(days=1)
"""Left for clocks that differ, where a time of ours stands for one of GitHub's."""
NEW = timedelta(hours=24)
"""So long after it was tracked, the backfill of a repository comes before all others."""
PROBE_RHYTHM = timedelta(minutes=20)
"""How often GitHub is asked for a repository's newest change; with many, as often as runs come."""
PROBE_RHYTHM_WITHOUT_ACCESS = timedelta(days=1)
REFRESH_DAYS = 30
"""Within so many days old pull requests are read again, unless a person set another number."""
REFRESHED_OFTEN = timedelta(days=365)
"""How old a pull request may be to be read again in each round."""
ROUNDS_TO_REFRESH_ALL = 3
"""Older ones are read in one round of so many."""
DOUBTED_AGAIN = timedelta(days=7)
"""So long GitHub's word counts that a row is there although its list does not show it."""

# Leases
PAGE_LEASE_SECONDS = 60
"""How long a run that was killed keeps others out."""
PROBE_LEASE_SECONDS = 120
"""How long nobody else asks about what a run asks about; one that was killed holds it so long."""
JOB_LEASE_SECONDS = 300
"""Longer than a handover can take: at most eleven requests of half a minute."""
ALERT_LEASE_SECONDS = 120
LOSSES_OF_A_CHUNK = 5
"""A chunk whose run was lost more often is given up."""
LONGEST_CHUNK = timedelta(days=20)
"""contributor.info's `processing_time_ms` is an integer: it holds no more than 24 days."""

# What failed is tried again: after the first time, doubled each time, up to the longest
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(days=1)
FAILURES_TO_PAUSE = 3
"""So many failures in a row pause a backfill."""
FIRST_PAUSE = timedelta(minutes=15)
FIRST_RETRY_OF_A_LIST = timedelta(minutes=1)
FIRST_RETRY_OF_A_NUMBER = timedelta(hours=1)
LONGEST_RETRY_OF_A_NUMBER = timedelta(days=7)

# Jobs
JOB_ATTEMPTS = 5
"""A job that could not be handed over so often is dead."""
FIRST_RETRY_OF_A_JOB = timedelta(minutes=1)
JOB_WAIT_SECONDS = 900
"""How long a job waits that its processor does not take now: the next run but one asks again."""
BEGINS_WITHIN = timedelta(hours=1)
"""A job handed to GitHub Actions whose run has not begun until then waits again."""
ANSWERS_WITHIN = timedelta(days=1)
"""A job handed to Inngest that nothing was heard of until then has failed."""
ROUTING_WINDOW = timedelta(days=30)
"""The share of GitHub Actions is held against what was decided within so long."""

# Runs
SILENCE = timedelta(minutes=5)
"""A run whose heartbeat stopped so long ago was killed."""
SILENT_SECONDS = SILENCE // timedelta(seconds=1)
RUNNER_CLOCKS_DIFFER = timedelta(minutes=1)
"""A runner's clock and GitHub's, by which a job began, may be so far apart."""
DELIVERIES_KEPT = timedelta(days=30)
"""A delivery that comes again within this is known, and changes nothing."""

# Problems: how far back they are looked for, and how long until they are some
AFTER_A_REACHED_BUDGET = timedelta(days=1)
"""So long after a run stopped for the budget, what waited is not called stuck."""
DEAD_JOBS_SHOWN = timedelta(days=30)
LOST_RUNS_SHOWN = timedelta(hours=24)
FAILED_RUNS_SHOWN = timedelta(days=7)
PASSED_OVER = timedelta(hours=24)
"""A repository that waited longer while others were served is stuck."""
QUOTA_SHORT = timedelta(hours=3)
"""GitHub's quota is of an hour: that runs end for it all the time shows over some."""
SCHEDULE_SEEN = timedelta(days=7)
"""A schedule of which no run was seen for so long is switched off, and not late."""
ALERT_RETURNS = timedelta(days=1)
"""An alert that comes back within this swings to and fro, and is closed later each time."""
LONGEST_ABSENCE = timedelta(days=1)
"""An alert whose problem was absent for so long is closed, however often it came back."""
SENT_ONCE = timedelta(days=1)
"""Nothing is sent again within this, so that what swings to and fro is sent once."""

# Reports
LAST_DAY = timedelta(hours=24)
SHOWN_DAYS = 30
SHOWN_OF_A_REPOSITORY = timedelta(days=7)
BETWEEN_TURNS = timedelta(minutes=2)
"""Pages of a backfill that are further apart are of different turns."""
ACTIVITY_RHYTHM = timedelta(hours=6)
"""The activity of a repository is counted anew no more often: it reads many rows."""
