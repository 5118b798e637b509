"""A response about many repositories says of each what happens next."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.control import Access, KnownRepository, Refused
from contributor_backfill.domain.freshness import Finding, Newest, findings_of
from contributor_backfill.domain.types import RepositoryId

NODE_IDS = st.one_of(st.none(), st.sampled_from(["R_old", "R_new"]))
SAID: st.SearchStrategy[Finding | None] = st.one_of(
    st.none(),
    st.builds(Refused, st.sampled_from([Access.GONE, Access.FORBIDDEN]), st.just("No.")),
    st.builds(
        Newest,
        github_id=st.integers(1, 6),
        node_id=st.sampled_from(["R_old", "R_new"]),
        full_name=st.sampled_from(["octo/one", "octo/two"]),
        is_private=st.booleans(),
        newest_change=st.one_of(st.none(), st.just(datetime(2026, 1, 1, tzinfo=UTC))),
    ),
)
QUESTIONS = st.lists(st.tuples(NODE_IDS, SAID), max_size=6).map(
    lambda answers: [
        (KnownRepository(RepositoryId(str(place)), place, node_id, f"octo/{place}"), said)
        for place, (node_id, said) in enumerate(answers, start=1)
    ]
)


@given(QUESTIONS)
def test_each_repository_is_judged_once_and_by_its_id(
    questions: list[tuple[KnownRepository, Finding | None]],
) -> None:
    asked = findings_of(questions)

    ids = [
        *(suspect.repository_id for suspect, _ in asked.shown),
        *(verdict.repository_id for verdict in asked.refused),
        *(suspect.repository_id for suspect in (*asked.by_name, *asked.unclear)),
    ]
    assert sorted(ids) == [suspect.repository_id for suspect, _ in questions]
    assert all(suspect.github_id == newest.github_id for suspect, newest in asked.shown)


@given(QUESTIONS)
def test_nobody_is_gone_by_a_node_id_alone_nor_by_a_response_that_did_not_come(
    questions: list[tuple[KnownRepository, Finding | None]],
) -> None:
    said = {suspect.repository_id: (suspect, answer) for suspect, answer in questions}

    asked = findings_of(questions)

    for verdict in asked.refused:
        suspect, answer = said[verdict.repository_id]
        assert answer is not None
        assert suspect.node_id is None or verdict.access is Access.FORBIDDEN
    assert all(suspect.node_id for suspect in asked.by_name)
    by_name = findings_of(
        (replace(repository, node_id=None), said[repository.repository_id][1])
        for repository in asked.by_name
    )
    assert by_name.by_name == ()
