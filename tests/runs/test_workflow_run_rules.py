"""Our workflows are told from others, and GitHub's webhooks from forged ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.cli.commands.record_run import is_signed, signature_of
from contributor_backfill.domain.workflow_runs import WORKFLOWS, is_ours

SECRET, BODY = "It's a Secret to Everybody", b"Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


@pytest.mark.parametrize(
    "name",
    [
        *WORKFLOWS,
        "Progressive backfill",
        "Historical PR sync (GraphQL)",
        "recovery.yaml",
        "me/tool/.github/workflows/capture-pr-chunk.yml@v1",
    ],
)
def test_a_workflow_is_ours_by_its_file_its_name_or_what_it_calls(name: str) -> None:
    assert is_ours(["", name])


@pytest.mark.parametrize("name", ["", "CI", "ci.yml", "my-recovery.yml", ".yml", "@", "/"])
def test_any_other_workflow_is_not(name: str) -> None:
    assert not is_ours([name])
    assert not is_ours([name], ["", "deploy.yml"])


def test_further_workflows_are_named_by_file_or_name() -> None:
    assert is_ours(["nightly.yml", "Nightly"], ["Nightly"])
    assert is_ours(["", "Our Night"], [".github/workflows/our-night.yml"])


def test_the_documented_signature_is_that_of_the_documented_body() -> None:
    assert signature_of(BODY, SECRET) == SIGNATURE
    assert is_signed(BODY, SIGNATURE, SECRET)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        SIGNATURE.removeprefix("sha256="),
        SIGNATURE.replace("sha256", "sha1"),
        SIGNATURE.upper(),
        SIGNATURE[:-1],
        SIGNATURE + "0",
        SIGNATURE[:-1] + "8",
        f" {SIGNATURE}",
        "sha256=\N{FULLWIDTH DIGIT SEVEN}" + SIGNATURE[8:],
        "\udcff",
    ],
)
def test_anything_else_is_no_signature_of_it(signature: str) -> None:
    assert not is_signed(BODY, signature, SECRET)


@given(body=st.binary(), other=st.binary(), secret=st.text(min_size=1))
def test_a_signature_is_of_one_body_alone(body: bytes, other: bytes, secret: str) -> None:
    secret = secret.encode("utf-8", "ignore").decode()

    assert is_signed(body, signature_of(body, secret), secret)
    assert is_signed(other, signature_of(body, secret), secret) == (body == other)
