"""Jobs on contributor.info's own database, beside its own switch and its own job killer."""

from collections.abc import Callable

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.jobs import Processor
from contributor_backfill.domain.routing import Verdict
from tests.support.databases import new_database
from tests.support.jobs import add_job, add_repository, states

SWITCH = "update rollout_configuration set emergency_stop = %s"


@pytest.mark.parametrize("variant", ["export", "migrated"])
def test_jobs_are_routed_and_handed_over_unless_the_site_stops_it(
    postgres: str, open_gateway: Callable[[Transport], Gateway], variant: str
) -> None:
    database = new_database(postgres, variant=variant, migrated=True)
    gateway = open_gateway(PostgresTransport(database.conninfo))
    repository = add_repository(database, "octo/cat")
    database.rows(
        "insert into progressive_capture_jobs (job_type, repository_id) values ('pr-details', %s)",
        repository,
    )
    add_job(gateway, "octo/cat", to=Verdict.INNGEST)

    database.rows(SWITCH, True)
    stopped = gateway.claim_job("one", 60, Processor)
    database.rows(SWITCH, False)
    offer = gateway.claim_job("one", 60, Processor)
    assert offer.handover is not None
    gateway.note_dispatch(offer.handover, event_ids=["01A"])
    database.rows("select cleanup_stuck_jobs()")

    assert (stopped.handover, stopped.stopped_by) == (None, "rollout_configuration")
    assert states(database) == [("dispatched", "pending", 0)]
    assert gateway.undecided_jobs(5).jobs == ()
