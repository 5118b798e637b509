"""Cursors and node ids say what they stand for, and to nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.sandbox.graphql.pages import BadCursor, cursor_of, parse_cursor
from contributor_backfill.sandbox.ids import NodeId, node_id_of, parse_node_id

IDS = st.integers(0, 2**63)


@given(st.text(), st.integers())
def test_a_cursor_leads_back_to_its_key(value: str, database_id: int) -> None:
    assert parse_cursor(cursor_of((value, database_id))) == (value, database_id)


@pytest.mark.parametrize(
    "text", ["x", "abcd", "Y3Vyc29yOnYyOg==", "Y3Vyc29yOnYyOlsxLDJd", "WyJhIiwgMV0=", "🙂"]
)
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        parse_cursor(text)


@given(st.sampled_from(["PR", "IC", "U"]), IDS, IDS, IDS)
def test_a_node_id_leads_back_to_its_numbers(
    prefix: str, repository_id: int, number: int, database_id: int
) -> None:
    node_id = node_id_of(prefix, repository_id, number, database_id)

    assert parse_node_id(node_id) == NodeId(prefix, repository_id, number, database_id)


@given(st.text())
def test_any_other_text_is_no_node_id(text: str) -> None:
    assert parse_node_id(text) is None
