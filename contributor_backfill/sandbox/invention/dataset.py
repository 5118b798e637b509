"""Real lists of pull requests, completed with what the lists do not say."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.accounts import Account, Accounts
from contributor_backfill.sandbox.clock import epoch_seconds, timestamp
from contributor_backfill.sandbox.invention import texts
from contributor_backfill.sandbox.invention.lists import ListMaker
from contributor_backfill.sandbox.invention.pull_requests import invent
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.options import DatasetOptions
from contributor_backfill.sandbox.pull_requests.records import (
    Head,
    PullRequest,
    Review,
    ReviewThread,
)

_ENDINGS = (".jsonl.gz", ".jsonl")
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, without what the sandbox has no use for."""

    number: int
    title: str
    body: str
    body_bytes_raw: int
    author: str
    is_bot: bool
    created_at: str
    merged_at: str
    merged_by: str | None
    additions: int
    deletions: int
    changed_files: int
    commits: int
    base_ref: str
    reviewers: tuple[str, ...]


def repository_name(path: Path) -> str:
    """Return `owner/name` from `owner__name.jsonl.gz`. Raises `InvalidInput`."""
    stem = next((path.name.removesuffix(e) for e in _ENDINGS if path.name.endswith(e)), "")
    owner, _, name = stem.partition("__")
    if not (owner and name):
        raise InvalidInput(
            f"{path.name} does not name a repository.",
            advice="Call a list OWNER__NAME.jsonl or OWNER__NAME.jsonl.gz.",
        )
    return f"{owner}/{name}"


def read_rows(path: Path) -> list[Row]:
    """Return the lines of a list, sorted by number. Raises `InvalidInput` with file and line."""
    try:
        packed = path.read_bytes()
        text = gzip.decompress(packed) if packed.startswith(_GZIP_MAGIC) else packed
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.") from error
    rows = {}
    for position, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            row = _read(path, position, line)
            rows[row.number] = row
    return [rows[number] for number in sorted(rows)]


def _read(path: Path, position: int, line: bytes) -> Row:
    try:
        return _row(json.loads(line))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"{path}, line {position} is not a pull request of a list: {error!r}.",
            advice="The format is one JSON object a line, with number, title, author and so on.",
        ) from error


def _row(line: dict[str, Any]) -> Row:
    created_at, merged_at = (
        timestamp(epoch_seconds(line[name])) for name in ("created_at", "merged_at")
    )
    return Row(
        number=int(line["number"]),
        title=str(line["title"]),
        body=str(line["body"]),
        body_bytes_raw=int(line["body_bytes_raw"]),
        author=str(line["author"]),
        is_bot=bool(line["is_bot"]),
        created_at=created_at,
        merged_at=max(merged_at, created_at),
        merged_by=line["merged_by"],
        additions=int(line["additions"]),
        deletions=int(line["deletions"]),
        changed_files=int(line["changed_files"]),
        commits=int(line["commits"]),
        base_ref=str(line["base_ref"]),
        reviewers=tuple(str(login) for login in line["reviewers"]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class DatasetSource:
    """A source that takes what a list says and invents what it does not."""

    rows: dict[int, Row]
    options: DatasetOptions
    lists: ListMaker
    account_ids: dict[str, int]

    @classmethod
    def of(
        cls,
        rows: Sequence[Row],
        options: DatasetOptions,
        lists: ListMaker,
        accounts: Accounts,
    ) -> "DatasetSource":
        """Return the source of a list; its people are added to `accounts`."""
        account_ids: dict[str, int] = {}
        for row in rows:
            everybody = ((row.author, row.is_bot), *((login, False) for login in _helpers(row)))
            for login, is_bot in everybody:
                if login not in account_ids:
                    kind = "Bot" if is_bot else "User"
                    account = Account(kind, accounts.new_id(), login, None, row.created_at)
                    accounts.put(account)
                    account_ids[login] = account.account_id
        return cls({row.number: row for row in rows}, options, lists, account_ids)

    def heads(self) -> Iterator[Head]:
        """Yield the list's pull requests, and among them those that were never merged."""
        random = stream(self.options.seed, 41)
        created_at = next(iter(self.rows.values())).created_at if self.rows else ""
        ordinal = 0
        for number in range(1, max(self.rows, default=0) + 1):
            row = self.rows.get(number)
            chance = random.random()
            if row is None and chance >= self.options.unmerged_share:
                continue
            created_at = row.created_at if row else created_at
            yield Head(
                ordinal=ordinal,
                number=number,
                database_id=self.lists.numbering.pull_request_id(ordinal),
                created_at=created_at,
                updated_at=row.merged_at if row else _later(created_at, chance),
                state="MERGED" if row else _unmerged_state(chance, self.options),
            )
            ordinal += 1

    def build(self, head: Head) -> PullRequest:
        """Return the whole pull request of `head`."""
        random = stream(self.options.seed, 51, head.ordinal)
        invented = invent(head, self.lists, random)
        row = self.rows.get(head.number)
        return invented if row is None else self._overlay(invented, row)

    def _overlay(self, invented: PullRequest, row: Row) -> PullRequest:
        """Put the real values over the invented ones."""
        missing = max(0, row.body_bytes_raw - len(row.body.encode()))
        rest = texts.text_of(stream(row.number), missing) if missing else ""
        merged_by = row.merged_by
        reviews = (*invented.reviews, *self._approvals(invented, row))
        return replace(
            invented,
            title=row.title,
            body=(row.body + rest)[: texts.MAXIMUM_BODY],
            author_id=self.account_ids[row.author],
            merged_by_id=None if merged_by is None else self.account_ids[merged_by],
            additions=row.additions,
            deletions=row.deletions,
            changed_files=row.changed_files,
            commits=row.commits,
            base_ref_name=row.base_ref,
            reviews=reviews,
            review_threads=self._threads(invented, reviews),
        )

    def _threads(
        self, invented: PullRequest, reviews: Sequence[Review]
    ) -> tuple[ReviewThread, ...]:
        """Return the threads: those of a wanted number of comments go to approvals too."""
        if self.options.review_comments is None:
            return invented.review_threads
        random = stream(self.options.seed, 91, invented.ordinal)
        return self.lists.threads(invented, reviews, random)

    def _approvals(self, invented: PullRequest, row: Row) -> Iterator[Review]:
        """Yield an approval of every reviewer in the list, after all invented reviews."""
        random = stream(self.options.seed, 61, invented.ordinal)
        begin = len(invented.reviews)
        for position, login in enumerate(row.reviewers, start=begin):
            author_id = self.account_ids[login]
            moment = invented.updated_at
            review = self.lists.review(invented, position, moment, author_id, random)
            yield replace(review, state="APPROVED")


def _helpers(row: Row) -> tuple[str, ...]:
    return row.reviewers if row.merged_by is None else (row.merged_by, *row.reviewers)


def _later(created_at: str, chance: float) -> str:
    return timestamp(epoch_seconds(created_at) + chance * 30 * 86_400)


def _unmerged_state(chance: float, options: DatasetOptions) -> str:
    return "OPEN" if chance < options.unmerged_share / 5 else "CLOSED"
