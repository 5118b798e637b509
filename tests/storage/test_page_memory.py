"""The page planner's experience comes back with the next claim, over both transports."""

from typing import Any

from psycopg.types.json import Jsonb

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.harvest import Harvest
from contributor_backfill.domain.page_planner import NOTHING_KNOWN, PagePlanner, PageTimes
from contributor_backfill.domain.sources import SourceName, Wanted
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, item, page, pull_request
from tests.support.sources import claim_source, commit_source

ONCE = NOTHING_KNOWN.after_page(20, 1_234, points=1)
KNOWN = PageTimes.from_json(ONCE.after_page(29, 2_345, points=1).to_json())
LEARNT = PagePlanner(29, 2, known=KNOWN)
SYNC = Wanted((SourceName.SYNC,), forced=True)


def test_a_backfill_remembers_what_it_learnt_and_what_a_point_brought(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    for number, size in enumerate((LEARNT, PagePlanner(20)), 1):
        made = page(item(pull_request(number)))
        commit(either_gateway, claim(either_gateway), made, page_size=size, lease_seconds=None)

    found = claim(either_gateway).page_size
    assert found is not None
    assert (found, found.known) == (PagePlanner(20), KNOWN)
    assert database.value("select items_per_point from backfill_page_sizes") == 20.9


def test_a_source_does_too_and_hostile_memories_start_afresh(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    held = claim_source(either_gateway, SYNC)
    commit_source(either_gateway, held, Harvest(), page_size=LEARNT, lease_seconds=None)

    assert _known(either_gateway) == KNOWN
    hostile_memories: list[object] = [{}, [], {"version": 2, "pages": "NaN"}, 7]
    for hostile in hostile_memories:
        database.rows("update backfill_page_sizes set measurements = %s", Jsonb(hostile))
        assert _known(either_gateway) == NOTHING_KNOWN


def _known(gateway: Gateway) -> Any:
    held = claim_source(gateway, SYNC)
    assert held.page_size is not None
    gateway.release(held, next_attempt_at=None, reason="")
    return held.page_size.known
