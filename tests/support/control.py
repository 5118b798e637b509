"""Orders of a person and of `recover`, for tests of what the database does with them."""

from typing import Any
from uuid import uuid4

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.control import Action, Change, Controlled, Order
from tests.support.databases import Database

ONE = "octo/one"


def order(reason: str | None = "because", actor: str = "ada") -> Order:
    return Order(str(uuid4()), actor, reason)


def control(gateway: Gateway, action: Action, **arguments: Any) -> Controlled:
    return gateway.control_repositories(action, arguments, order(), full_name=ONE)


def recover(gateway: Gateway, minutes: float = 30) -> tuple[Change, ...]:
    return gateway.recover(order(None, "recover"), minutes)


def age_leases(database: Database, minutes: float) -> None:
    """Let every lease, its chunk and its run be so much older."""
    span = f"interval '{minutes} minutes'"
    database.rows(f"""
        update progressive_backfill_state set lease_expires_at = lease_expires_at - {span};
        update backfill_feeds set lease_expires_at = lease_expires_at - {span};
        update backfill_chunks set started_at = started_at - {span} where status = 'processing';
        update backfill_runs set heartbeat_at = heartbeat_at - {span},
          started_at = started_at - {span}
    """)


def interventions(database: Database) -> list[dict[str, Any]]:
    return database.rows("select * from backfill_interventions order by place")
