"""Real lists: what they say is kept, what they lack is invented."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox import DatasetOptions, World
from contributor_backfill.sandbox.export import lines

ROW: dict[str, Any] = {
    "number": 3,
    "title": "Fix",
    "body": "Because",
    "body_bytes_raw": 7,
    "author": "u1",
    "is_bot": False,
    "created_at": "2024-05-01T10:00:00Z",
    "merged_at": "2024-05-02T10:00:00Z",
    "merged_by": "u2",
    "additions": 5,
    "deletions": 4,
    "changed_files": 3,
    "commits": 2,
    "base_ref": "trunk",
    "reviewers": ["u3", "u1"],
}
LISTS = sorted((Path(__file__).parents[3] / "shared" / "data").glob("*.jsonl.gz"))


def write(folder: Path, *rows: dict[str, Any], name: str = "owner__some.name.jsonl.gz") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(b"\n".join(json.dumps({**ROW, **r}).encode() for r in rows)))
    return path


def exported(path: Path, name: str = "owner/some.name", **options: Any) -> list[dict[str, Any]]:
    world = World.of(datasets=[path], dataset_options=DatasetOptions(**options))
    repository = world.find(name)
    assert repository is not None
    return [json.loads(line) for line in lines(world, repository)]


def test_what_a_list_says_is_kept(tmp_path: Path) -> None:
    (found,) = exported(write(tmp_path, ROW), unmerged_share=0)

    assert found["repository"]["name_with_owner"] == "owner/some.name"
    assert (found["number"], found["title"], found["body"]) == (3, "Fix", "Because")
    assert (found["additions"], found["deletions"], found["changed_files"]) == (5, 4, 3)
    assert (found["commits"], found["base_ref_name"], found["state"]) == (2, "trunk", "MERGED")
    assert (found["created_at"], found["merged_at"]) == (ROW["created_at"], ROW["merged_at"])
    assert (found["author"]["login"], found["merged_by"]["login"]) == ("u1", "u2")


def test_listed_reviewers_approve(tmp_path: Path) -> None:
    (found,) = exported(write(tmp_path, ROW), unmerged_share=0)

    approvals = [review for review in found["reviews"] if review["author"]["login"] in ("u1", "u3")]
    assert [(review["author"]["login"], review["state"]) for review in approvals] == [
        ("u3", "APPROVED"),
        ("u1", "APPROVED"),
    ]


def test_a_bot_is_a_bot_and_nobody_may_have_merged(tmp_path: Path) -> None:
    (found,) = exported(write(tmp_path, {"is_bot": True, "merged_by": None}), unmerged_share=0)

    assert found["author"]["kind"] == "Bot"
    assert found["merged_by"] is None


def test_a_body_that_was_cut_gets_its_length_back(tmp_path: Path) -> None:
    (found,) = exported(write(tmp_path, {"body_bytes_raw": 5_000}), unmerged_share=0)

    assert found["body"].startswith("Because")
    assert len(found["body"]) == 5_000


def test_missing_numbers_become_unmerged_pull_requests_or_issues(tmp_path: Path) -> None:
    path = write(tmp_path, {"number": 1}, {"number": 200})

    found = exported(path, unmerged_share=0.5)

    assert {line["state"] for line in found} == {"OPEN", "CLOSED", "MERGED"}
    assert 50 < len(found) < 150
    assert found == exported(path, unmerged_share=0.5)


def test_a_list_may_be_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "a__b.jsonl"
    path.write_text(json.dumps(ROW) + "\n\n")

    assert len(exported(path, "a/b", unmerged_share=0)) == 1


@pytest.mark.parametrize("name", ["list.jsonl.gz", "owner__name.json", "__.jsonl", "a__.jsonl"])
def test_a_file_name_must_name_a_repository(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="does not name a repository"):
        World.of(datasets=[write(tmp_path, ROW, name=name)])


@pytest.mark.parametrize(
    "row",
    [
        {"number": "three"},
        {"created_at": "yesterday"},
        {"created_at": "2024-05-01T10:00:00"},
        {"merged_at": None},
        {"reviewers": None},
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, row: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="line 2 is not a pull request"):
        World.of(datasets=[write(tmp_path, ROW, row)])


def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "a__b.jsonl.gz"
    broken.write_bytes(write(tmp_path, ROW).read_bytes()[:40])

    for path in (broken, tmp_path / "a__missing.jsonl"):
        with pytest.raises(InvalidInput, match=r"cannot be read"):
            World.of(datasets=[path])


@pytest.mark.parametrize("path", LISTS[:1], ids=lambda path: path.name)
def test_a_real_list_can_be_served(path: Path) -> None:
    world = World.of(datasets=[path])
    (repository,) = world.repositories.values()

    first = next(repository.newest_first())

    assert len(repository.order("CREATED_AT", frozenset({"MERGED"})).keys) == 1_043
    assert first.title
