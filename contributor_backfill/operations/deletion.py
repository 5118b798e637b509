"""Delete what is stored of a repository, a piece at a time, whatever interrupted it before."""

from collections.abc import Callable, Iterator

from contributor_backfill.db.faults import is_too_much
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.control import (
    FIRST_PIECE,
    Candidate,
    Ending,
    Extent,
    Order,
    Piece,
    next_piece,
    whole,
)
from contributor_backfill.domain.errors import BackfillError, StoreFault
from contributor_backfill.domain.types import RepositoryId


def measure(gateway: Gateway, repository_id: RepositoryId) -> Extent:
    """Count what a deletion would delete, in short calls."""
    return whole(_parts(gateway, repository_id))


def _parts(gateway: Gateway, repository_id: RepositoryId) -> Iterator[Extent]:
    part, after = gateway.count_deletion(repository_id, None)
    yield part
    while after is not None:
        part, after = gateway.count_deletion(repository_id, after)
        yield part


def delete(
    gateway: Gateway,
    candidate: Candidate,
    order: Order,
    clock: Clock,
    report: Callable[[int], None],
) -> Ending:
    """Delete what is left of a repository that is marked for it.

    `report` is called with the number of rows that are deleted so far.

    Raises `BackfillError` when a table that is not ours refers to rows that are to be deleted.
    """
    rows, total = FIRST_PIECE, 0
    while True:
        began = clock.now()
        try:
            piece = gateway.delete_piece(candidate.repository_id, rows)
        except StoreFault as fault:
            if not is_too_much(fault) or rows == 1:
                raise
            # The first guess may be far off: triggers of the site make each row dear.
            rows = max(1, rows // 4)
            continue
        rows = next_piece(rows, clock.now() - began)
        if piece.blocked:
            raise _refused(candidate, piece)
        total += sum(piece.deleted.values())
        report(total)
        if piece.is_left:
            continue
        ending = _finish(gateway, candidate.repository_id, order)
        if ending.is_done:
            return ending


def _finish(gateway: Gateway, repository_id: RepositoryId, order: Order) -> Ending:
    try:
        return gateway.finish_deletion(repository_id, order)
    except StoreFault as fault:
        if not is_too_much(fault):
            raise
    # To look through all tables that could refer to the row takes too long here: it stays.
    return gateway.finish_deletion(repository_id, order, keeps_row=True)


def _refused(candidate: Candidate, piece: Piece) -> BackfillError:
    table, constraint = piece.blocked or ("", "")
    return BackfillError(
        f"Rows of {candidate.full_name} cannot be deleted, because the table {table} refers to them"
        f" (foreign key {constraint}). What came before them is deleted.",
        advice="Delete its rows, or set the reference to null, and run the same command again.",
    )
