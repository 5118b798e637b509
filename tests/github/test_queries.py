"""The queries are GitHub's own language, and the sandbox speaks it too."""

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from contributor_backfill.github.client import query_text

ROOT = Path(__file__).parent.parent.parent
SANDBOX = ROOT / "contributor_backfill" / "sandbox" / "graph" / "schema.graphql"
GITHUB = ROOT.parent / "shared" / "github-schema.graphql"
QUERIES = [
    file.stem for file in (ROOT / "contributor_backfill" / "github" / "queries").glob("*.graphql")
]


@pytest.mark.parametrize("schema", [SANDBOX, GITHUB], ids=["sandbox", "github"])
@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_valid(name: str, schema: Path) -> None:
    if not schema.exists():
        pytest.skip(f"{schema} is not here")
    # GitHub's published schema breaks a rule of GraphQL's own about deprecations.
    built = build_schema(schema.read_text(encoding="utf-8"), assume_valid=True)

    assert validate(built, parse(query_text(name))) == []
