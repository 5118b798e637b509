"""A repository may be named in every way that people copy it."""

import click
import pytest

from contributor_backfill.cli.options import FullName, Uuid, repository_options

UUID = "0b5f4d0c-6f5e-4a57-9d0e-2f6f0f6b7a11"


@pytest.mark.parametrize(
    "written",
    [
        "octo/one.two",
        " octo/one.two\n",
        "octo/one.two/",
        "octo/one.two.git",
        "https://github.com/octo/one.two",
        "https://github.com/octo/one.two.git",
        "https://www.github.com/octo/one.two/",
        "https://GitHub.com/octo/one.two/pulls?q=is%3Aopen",
        "https://github.com/octo/one.two/pull/7/files#diff",
        "ssh://git@github.com/octo/one.two.git",
        "ssh://git@github.com:22/octo/one.two.git",
        "https://me:secret@github.com/octo/one.two",
        "git@github.com:octo/one.two.git",
        "github.com/octo/one.two",
    ],
)
def test_a_repository_is_known_by_its_name_or_its_address(written: str) -> None:
    assert FullName()(written) == "octo/one.two"


@pytest.mark.parametrize(
    "written",
    [
        "https://gitlab.com/octo/one",
        "http://github.example/octo/one",
        "https://github.com.evil.example/octo/one",
        "https://github.com@evil.example/octo/one",
        "git@bitbucket.org:octo/one.git",
        "ssh://git@evil.example/octo/one",
    ],
)
def test_an_address_elsewhere_is_refused(written: str) -> None:
    with pytest.raises(click.BadParameter, match=r"which is not GitHub|OWNER/NAME"):
        FullName()(written)


def test_a_github_of_ones_own_counts_as_github(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "https://github.example/api/v3")

    assert FullName()("https://github.example/octo/one") == "octo/one"


@pytest.mark.parametrize(
    "written",
    ["", "octo", "octo/", "/one", "octo/one/pulls", "octo one", "octo/ö"],
)
def test_anything_else_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(click.BadParameter, match="OWNER/NAME"):
        FullName()(written)


@pytest.mark.parametrize("written", [UUID, UUID.upper(), UUID.replace("-", "")])
def test_an_id_is_read_in_every_spelling_of_a_uuid(written: str) -> None:
    assert Uuid()(written) == UUID


@pytest.mark.parametrize("written", ["", "1", "octo/one", UUID[:-1]])
def test_what_is_no_uuid_is_refused(written: str) -> None:
    with pytest.raises(click.BadParameter, match="not a UUID"):
        Uuid()(written)


def test_a_repository_is_named_once_at_most() -> None:
    named: list[dict[str, object]] = []
    command = click.command()(repository_options(lambda **given: named.append(given)))
    by_name, by_id = ["--repository", "octo/one"], ["--repository-id", UUID]

    for arguments in ([], by_name, by_id):
        command.main(arguments, standalone_mode=False)
    with pytest.raises(click.UsageError, match="not both"):
        command.main([*by_name, *by_id], standalone_mode=False)

    assert [given["repository"] for given in named] == [None, "octo/one", None]
    assert [given["repository_id"] for given in named] == [None, None, UUID]
