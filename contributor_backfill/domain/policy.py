"""The rules that are numbers, each once: what it is, and why it is so much."""

from datetime import timedelta

# Page sizes
LARGEST_PAGE = 100
"""Items that GitHub gives at once."""
FIRST_LISTS = 20
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
"""One part in so many of an hourly quota is left to others: runs use 80 % at most."""
SMALLEST_RESERVE = 50
"""Points, or requests, that are left to others however small the quota is."""
REFRESH_PAGES_A_RUN = 100
"""A round of a giant is spread over runs, so that it spends no hour's quota at once."""

# Faults
UNAVAILABLE_TRIES = 3
SECONDARY_TRIES = 3
FIRST_SECONDARY_WAIT = 60
"""Seconds; doubled each time.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""
PATIENCE = timedelta(minutes=15)
"""How long to leave GitHub alone after it kept on asking to wait."""
