"""No id of the sandbox is one of GitHub's: what is captured from it replaces no real row."""

import gzip
import json
from collections.abc import Iterator

import pytest

from contributor_backfill.sandbox import RepositoryOptions, World
from contributor_backfill.sandbox.accounts import VIEWER
from contributor_backfill.sandbox.actions.records import Workflow
from contributor_backfill.sandbox.ids import BETWEEN_REPOSITORIES, FIRST_REPOSITORY, item_base
from contributor_backfill.sandbox.repositories import Repository

OF_GITHUB = 1_500_000_000
"""Above all accounts and repositories that GitHub has."""
OF_ACTIONS = 10**12
"""Above the largest ids that GitHub has of anything."""
EXACT_IN_JAVASCRIPT = 2**53
ROW = {
    "number": 3,
    "title": "Fix",
    "body": "",
    "body_bytes_raw": 0,
    "author": "torvalds",
    "is_bot": False,
    "created_at": "2024-05-01T10:00:00Z",
    "merged_at": "2024-05-02T10:00:00Z",
    "merged_by": "u2",
    "additions": 5,
    "deletions": 4,
    "changed_files": 3,
    "commits": 2,
    "base_ref": "trunk",
    "reviewers": ["u3"],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two invented repositories and a real list, with something of every kind in each."""
    real = tmp_path_factory.mktemp("lists") / "pytorch__pytorch.jsonl.gz"
    real.write_bytes(gzip.compress(json.dumps(ROW).encode()))
    invented = [
        RepositoryOptions(name_with_owner=name, pull_requests=120, oddity_every=3)
        for name in ("octo/one", "octo/two")
    ]
    made = World.of(invented, [real])
    for repository in made.repositories.values():
        workflow = Workflow(repository.facts.database_id, 0, "a.yml", "A", "2026-01-01T00:00:00Z")
        added = repository.actions.add_workflow(workflow)
        moment = "2026-01-01T00:00:00Z"
        repository.actions.start(added, event="push", branch="main", moment=moment, actor_id=None)
    return made


def items(repository: Repository) -> Iterator[int]:
    """Yield the ids of all that is in a repository."""
    for pull_request in repository.newest_first():
        yield pull_request.database_id
        of_it = (pull_request.reviews, pull_request.comments, pull_request.review_comments)
        yield from (number.database_id for listed in of_it for number in listed)
    yield from (issue.database_id for issue in repository.all_issues())
    yield from (label.database_id for label in repository.labels)
    yield repository.new_item_id()
    for run in repository.actions.newest_first():
        yield from (run.run_id, run.workflow.workflow_id)
        yield from (job.job_id for job in run.latest.jobs)


def test_accounts_and_repositories_are_above_githubs_and_fit_graphqls_int(world: World) -> None:
    accounts = [VIEWER.account_id, *(account.account_id for account in world.accounts)]
    owners = [repository.owner.account_id for repository in world.repositories.values()]

    assert len(set(accounts)) == len(accounts)
    for found in (*accounts, *owners, *world.repositories):
        assert OF_GITHUB < found < 2**31
    assert max(accounts) < min(world.repositories)


def test_what_is_in_a_repository_is_above_githubs_and_exact_in_javascript(world: World) -> None:
    for repository in world.repositories.values():
        found = set(items(repository))
        base = item_base(repository.facts.database_id)
        assert OF_ACTIONS < base <= min(found)
        assert max(found) < base + BETWEEN_REPOSITORIES < EXACT_IN_JAVASCRIPT


def test_the_last_of_a_hundred_thousand_repositories_is_exact_in_javascript() -> None:
    assert item_base(FIRST_REPOSITORY + 100_000) < EXACT_IN_JAVASCRIPT


def test_no_node_id_looks_like_one_of_github(world: World) -> None:
    repository = next(iter(world.repositories.values()))
    pull_request = next(repository.newest_first())

    for node_id in (pull_request.node_id, VIEWER.node_id, repository.facts.node_id):
        assert node_id.partition("_")[2].startswith("AAAA")


def test_logins_count_the_accounts_and_do_not_show_their_ids(world: World) -> None:
    assert not any(str(account.account_id) in account.login for account in world.accounts)
