"""How many bytes of database a captured row takes: heap, TOAST and indexes.

Measured on 2026-11-25 on PostgreSQL 18.4 as `pg_total_relation_size` a row, in the schema that
`migrate` makes in an empty database, after a full capture of a sandbox repository of 5,000 pull
requests with 3 reviews, 3 conversation and 2.3 inline comments each, 41 % of these replies. It was
captured three times: with everything, with `--bodies none`, and with `--diff-hunks none` too. The
last is what a row takes without its texts. The difference of two, divided by the bytes of text
between them, is what a byte of text takes: above 1 by what Postgres leaves empty and, where replies
are linked, by the earlier version of a row; below 1 where TOAST compresses long bodies.
On 2026-11-29 reviews and comments were measured again, without texts: each has an index more.
In contributor.info's schema, with its many indexes, the same capture took a fifth more.
"""

from contributor_backfill.domain.sample import Sample, SampledPullRequest, mean_bytes
from contributor_backfill.domain.storage import Keep, Storage

PULL_REQUEST = 1_260
"""With its row of totals (500) and its part of the page's record (45); its title counts as text."""
REVIEW = 310
COMMENT = 305
REVIEW_COMMENT = 530
PERSON = 650
PEOPLE = 0.1
"""Authors a pull request: 0.02 to 0.5 in five real lists, 0.07 in pytorch/pytorch."""
BODY = 0.9
COMMENT_BODY = 1.0
REVIEW_COMMENT_BODY = 1.3
DIFF_HUNK = 1.4


def bytes_of(sample: Sample, storage: Storage) -> list[float]:
    """Return what each pull request of a sample takes with everything that hangs on it."""
    inline = _review_comment(sample, storage)
    return [
        _pull_request(each, storage) + inline * each.review_comments
        for each in sample.pull_requests
    ]


def _pull_request(pull_request: SampledPullRequest, storage: Storage) -> float:
    bodies = storage.bodies
    text = mean_bytes([pull_request.title], Keep()) + mean_bytes([pull_request.body], bodies)
    review = REVIEW + BODY * mean_bytes(pull_request.review_bodies, bodies)
    comment = COMMENT + COMMENT_BODY * mean_bytes(pull_request.comment_bodies, bodies)
    own = PULL_REQUEST + BODY * text + PEOPLE * PERSON
    return own + review * pull_request.reviews + comment * pull_request.comments


def _review_comment(sample: Sample, storage: Storage) -> float:
    """Return what an inline comment takes on average."""
    seen = sample.review_comments
    body = mean_bytes([each.body for each in seen], storage.bodies)
    diff_hunk = mean_bytes([each.diff_hunk for each in seen], storage.diff_hunks)
    return REVIEW_COMMENT + REVIEW_COMMENT_BODY * body + DIFF_HUNK * diff_hunk
